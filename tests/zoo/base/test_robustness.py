"""What other flow libraries fail at, by their users' reports, holds here.

Each failure and the test that guards it, of this file unless another is named:

- splines give NaN, or NaN gradients, where their logits are large: `test_logits_...`,
  and `tests/distributions/test_rational_quadratic_spline.py` at more sizes
- NaN with 32 affine layers on 19 features: `test_32_affine_layers_...`
- 1-D and odd-sized data crash, or lose their condition: `test_one_and_odd_...`,
  `test_one_feature_sees_its_condition`
- a spline fails where every input lies in its tails: `test_all_inputs_...`
- NaN at conditions of size 10: `test_a_condition_of_size_ten_...`
- an ill-conditioned matrix inverts badly: `test_a_condition_number_of_ten`
- a loaded ActNorm starts anew from the next batch: `test_act_norm_is_not_...`
- a last batch that is short: `test_one_and_odd_...`, which fits 5 rows by 3
- mixed precision: `test_mixed_precision_...`; image flows in `test_image_flows.py`
- weights that training leaves still: `test_densities.py`, by `check_moves` and
  `check_gradients`, of every model
- layers of Keras 2, which Keras 3 neither sees nor saves: `conftest.py`, in every
  test of every model; `test_no_layer_of_keras_2_is_made`
- log-dets of constant Jacobians that count one pixel, or lose the batch:
  `test_constant_log_dets_...`
- graphs that grow faster than the number of layers: `test_the_graph_grows_...`
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from contracts import check_refused, check_saturated, fresh, perturb
from genkeras.layers import (
    ActNorm,
    AdditiveImageCoupling,
    AffineCoupling,
    DiagonalScaling,
    InvertibleBatchNorm,
    InvertibleLinear,
    MaskedAutoregressive,
    Permutation,
    SplineCoupling,
    Squeezed,
)
from genkeras.zoo import FFJORD, IAF, MAF, NICE, Flow, NeuralSplineFlow, RealNVP


def autoregressive_spline_flow(*args, **kwargs):
    return NeuralSplineFlow(*args, coupling=False, **kwargs)


def composed(features, *args, **kwargs):
    return Flow([MaskedAutoregressive((4,)), DiagonalScaling()], (features,))


COUPLED = [RealNVP, NICE, NeuralSplineFlow]
ANY_SIZE = [MAF, IAF, autoregressive_spline_flow, composed]


def normal(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@pytest.mark.parametrize(
    "kind", [SplineCoupling, lambda u: MaskedAutoregressive(u, transformer="spline")]
)
def test_logits_of_size_20_leave_values_and_gradients_finite(kind):
    layer = kind((8,))
    layer.build((None, 4))
    layer.set_weights([20.0 * normal(w.shape, i) for i, w in enumerate(layer.weights)])
    x = tf.constant(2.0 * normal((500, 4)))
    variables = layer.trainable_variables
    check_saturated(layer.bijector(), x, event_ndims=1, variables=variables)


def test_32_affine_layers_train_on_19_features():
    model = RealNVP(19, 32, (8,))
    model.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    x = 5.0 * normal((64, 19)) + 1.0
    before = model.log_prob(x)
    model.fit(x, batch_size=64, epochs=2, verbose=0)
    assert np.mean(model.log_prob(x)) > np.mean(before)


@pytest.mark.parametrize(
    ("make", "features"),
    [*((m, 3) for m in [*COUPLED, *ANY_SIZE]), *((m, 1) for m in ANY_SIZE)],
)
def test_one_and_odd_numbers_of_features_train(make, features):
    model = perturb(make(features, 2, (4,)))
    model.compile("adam", run_eagerly=True)
    x = normal((5, features))
    model.fit(x, batch_size=3, verbose=0)
    assert np.all(np.isfinite(model.log_prob(x)))
    np.testing.assert_allclose(model.decode(model.encode(x)), x, rtol=1e-5, atol=1e-5)


def test_one_feature_of_a_continuous_flow():
    model = perturb(FFJORD(1, (4,)))
    x = normal((5, 1))
    assert np.all(np.isfinite(model.log_prob(x)))
    np.testing.assert_allclose(model.decode(model.encode(x)), x, atol=1e-4)


@pytest.mark.parametrize("make", COUPLED)
def test_one_feature_cannot_be_split(make):
    check_refused(lambda: make(1, 2, (4,)), "at least 2")


def test_one_feature_sees_its_condition():
    model = MAF(1, 2, (8,), condition_spec={"shape": [1]})
    condition = np.linspace(-1.0, 1.0, 256, dtype="float32")[:, None]
    x = 3.0 * condition + 0.1 * normal((256, 1))
    model.compile(keras.optimizers.Adam(3e-2))
    model.fit(
        tf.data.Dataset.from_tensor_slices((x, condition)).batch(64).cache(),
        epochs=40,
        verbose=0,
    )
    # The entropy is -0.88; blind to the condition, it could not go below 1.
    assert float(-tf.reduce_mean(model.log_prob(x, condition))) < 0.5


def test_all_inputs_in_the_tails():
    model = perturb(Flow([SplineCoupling((8,)), SplineCoupling((8,), flip=True)], (3,)))
    x = 100.0 + normal((8, 3))
    np.testing.assert_array_equal(model.encode(x), x)
    np.testing.assert_allclose(
        model.log_prob(x), model.base_distribution().log_prob(x), rtol=1e-6
    )


def test_a_condition_of_size_ten_stays_finite():
    model = perturb(MAF(4, 4, (16,), condition_spec={"shape": [1]}), 0.3)
    x, condition = normal((64, 4)), np.full([64, 1], 10.0, "float32")
    model.compile("adam", run_eagerly=True)
    data = tf.data.Dataset.from_tensor_slices((x, condition)).batch(32)
    model.fit(data, verbose=0)
    assert np.all(np.isfinite(model.log_prob(x, condition)))
    assert np.all(np.isfinite(model.sample(64, condition=condition, seed=0)))


@pytest.mark.parametrize("channels", [12, 48])
def test_a_condition_number_of_ten(channels):
    layer = InvertibleLinear(seed=0)
    layer.build((None, channels))
    # A rotation stretched along the axes: singular values from 1 to 10.
    scale = np.geomspace(1.0, 10.0, channels)
    lower, upper = (m.numpy() for m in layer._factors())
    upper = upper * scale
    sign, diagonal = np.sign(np.diag(upper)), np.abs(np.diag(upper))
    layer.factors.assign(np.tril(lower, -1) + np.triu(upper, 1))
    layer.log_diagonal.assign(np.log(diagonal))
    layer.sign.assign(sign)
    matrix = layer.inverse(tf.eye(channels)).numpy()
    np.testing.assert_allclose(np.linalg.cond(matrix), 10.0, rtol=1e-4)
    x = normal((64, channels))
    np.testing.assert_allclose(layer.inverse(layer(x)), x, rtol=1e-5, atol=1e-5)
    log_det = layer.bijector().forward_log_det_jacobian(x, 1)
    np.testing.assert_allclose(log_det, -np.log(scale).sum(), rtol=1e-5)


def test_act_norm_is_not_started_again_by_loading_and_resuming(tmp_path):
    flow = Flow([ActNorm()], (3,))
    flow.compile("adam", run_eagerly=True)
    flow.fit(7.0 * normal((32, 3)) + 50.0, verbose=0)
    shift = flow.transforms[0].shift.numpy()
    assert np.all(abs(shift - 50.0) < 10.0)
    flow.save(tmp_path / "flow.keras")
    loaded = keras.saving.load_model(tmp_path / "flow.keras")
    np.testing.assert_array_equal(loaded.transforms[0].shift, shift)
    loaded.fit(1000.0 * normal((32, 3)), verbose=0)
    np.testing.assert_allclose(loaded.transforms[0].shift, shift, atol=0.01)


@pytest.mark.parametrize("make", [*COUPLED, MAF, IAF, autoregressive_spline_flow])
def test_mixed_precision_keeps_density_and_inverse(make):
    model = perturb(make(3, 2, (8,), dtype="mixed_float16"))
    model.compile("adam", run_eagerly=make is not MAF)
    x = normal((32, 3))
    logs = model.fit(x, verbose=0).history
    assert np.isfinite(logs["nll"][0])
    assert model.log_prob(x).dtype == tf.float32
    log_det = model.bijector().inverse_log_det_jacobian(tf.constant(x), 1)
    assert log_det.dtype == tf.float32
    np.testing.assert_allclose(model.decode(model.encode(x)), x, atol=1e-3)


def test_no_layer_of_keras_2_is_made():
    """`conftest.py` refuses them throughout the suite; this shows that it does."""
    with pytest.raises(AssertionError, match="Keras 2"):
        tfp.bijectors.AutoregressiveNetwork(2, hidden_units=[4])


IMAGE = (4, 6, 2)
CONSTANT = {
    "act_norm": (ActNorm, 4 * 6),
    "batch_norm": (InvertibleBatchNorm, 4 * 6),
    "invertible_linear": (lambda: InvertibleLinear(seed=0), 4 * 6),
    "permutation": (Permutation, 0),
    "scaling": (DiagonalScaling, 1),
    "additive": (lambda: AdditiveImageCoupling(filters=2, num_blocks=1), 0),
    "squeezed": (lambda: Squeezed(ActNorm()), 2 * 3),
}


@pytest.mark.parametrize("name", CONSTANT)
def test_constant_log_dets_count_every_pixel_of_every_example(name):
    make, pixels = CONSTANT[name]
    layer = make()
    flow = perturb(Flow([layer], IMAGE), 0.3)
    x = normal((5, *IMAGE))
    inner = getattr(layer, "layer", layer)
    scales = [v for v in inner.trainable_variables if v.name.startswith("log_")]
    sign = -1.0 if name in ("batch_norm", "invertible_linear") else 1.0
    want = -sign * pixels * sum(float(tf.reduce_sum(v)) for v in scales)
    if name == "batch_norm":
        want -= pixels * np.log1p(layer.epsilon)  # half of it for each of 2 channels
    base = flow.base_distribution().log_prob(flow.encode(x))
    log_det = flow.log_prob(x) - base
    assert log_det.shape == (5,)
    np.testing.assert_allclose(log_det, np.full(5, want), atol=1e-4)
    one = flow.log_prob(fresh(x[:1]))
    np.testing.assert_allclose(one, flow.log_prob(x)[:1], rtol=1e-5)


def operations(num_couplings):
    """How many nodes the graph of `log_prob` has."""
    model = RealNVP(4, num_couplings, (8,))
    spec = tf.TensorSpec((None, 4))
    graph = tf.function(model.log_prob).get_concrete_function(spec).graph
    return len(graph.get_operations())


def test_the_graph_grows_in_proportion_to_the_couplings():
    few, more, many = map(operations, (2, 4, 16))
    assert many - few == 7 * (more - few)


def test_act_norm_is_part_of_a_chain():
    model = Flow(
        [AffineCoupling((8,)), ActNorm(), AffineCoupling((8,)), ActNorm()], (4,)
    )
    x = 1e3 + 30.0 * normal((128, 4))
    model(x, training=True)
    z = model.encode(x).numpy()
    np.testing.assert_allclose(z.mean(axis=0), 0.0, atol=1e-3)
    np.testing.assert_allclose(z.std(axis=0), 1.0, atol=1e-3)
