"""Chains that change the event's shape, and bijectors that do not fit."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import bijectors as tfb
from tensorflow_probability import distributions as tfd

from contracts import check_refused
from genkeras.layers import DiagonalScaling
from genkeras.zoo import Flow

CHAINS = {
    "transpose": ([tfb.Transpose([1, 0])], (1, 3), (3, 1)),
    "reshape": ([tfb.Reshape([1, 3], [3])], (1, 3), (3,)),
    "triangular": ([tfb.FillTriangular()], (2, 2), (3,)),
    "positive_triangular": ([tfb.FillScaleTriL()], (3, 3), (6,)),
    "correlation": ([tfb.CorrelationCholesky()], (3, 3), (3,)),
    "simplex": ([tfb.IteratedSigmoidCentered()], (4,), (3,)),
    "softmax": ([tfb.SoftmaxCentered()], (4,), (3,)),
    "two": ([tfb.Reshape([2, 2], [4]), tfb.Transpose([1, 0])], (2, 2), (4,)),
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_that_changes_the_shape_is_that_of_tfp(name):
    chain, event, noise = CHAINS[name]
    flow = Flow(chain, event)
    assert flow.noise_shape == noise
    base = tfd.Independent(tfd.Normal(tf.zeros(noise), 1.0), len(noise))
    wanted = tfd.TransformedDistribution(base, tfb.Chain(chain[::-1]))
    x = tf.identity(wanted.sample(5, seed=(0, 1)))
    np.testing.assert_allclose(
        flow.log_prob(x), wanted.log_prob(tf.identity(x)), rtol=1e-5
    )
    z = flow.encode(x)
    assert z.shape == (5, *noise)
    np.testing.assert_allclose(flow.decode(tf.identity(z)), x, atol=1e-5)
    assert flow.sample(4, seed=0).shape == (4, *event)


def test_a_chain_that_changes_the_shape_is_saved_and_served(tmp_path):
    chain, event, _ = CHAINS["reshape"]
    flow = Flow([*chain, DiagonalScaling()], event)
    flow.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.sample(3, seed=0), flow.sample(3, seed=0))
    flow.export(tmp_path / "1", verbose=False)
    served = tf.saved_model.load(tmp_path / "1").signatures["decode"]
    z = np.ones([4, 3], "float32")
    np.testing.assert_allclose(served(z=tf.constant(z))["x"], flow.decode(z))


@pytest.mark.parametrize("size", [2, 3, 5, 7])
@pytest.mark.parametrize("kind", [tfb.Shift, tfb.Scale])
def test_parameters_with_a_batch_are_refused(kind, size):
    parameters = np.ones([size, 2], "float32")
    check_refused(lambda: Flow([kind(parameters)], (2,)), "transform 0", "batch")


@pytest.mark.parametrize(
    "bijector",
    [
        tfb.Shift(np.ones(3, "float32")),
        tfb.Permute([0, 1, 2]),
        tfb.Reshape([4], [2, 2]),
        tfb.Scale(np.ones([1, 1, 2], "float32")),
    ],
)
def test_bijectors_of_another_size_are_refused(bijector):
    check_refused(lambda: Flow([bijector], (2,)), "transform 0", "(2,)")


def test_a_class_of_ones_own_is_not_taken_for_tfps():
    own = type("Tanh", (tfb.Tanh,), {})
    check_refused(lambda: Flow([own()], (2,)), "Tanh", "layer")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floats_are_cast_to_the_models(dtype):
    mean = np.array([1.0, 2.0])  # float64, as NumPy gives it
    flow = Flow([tfb.Scale(2.0), tfb.Shift(mean)], (2,), dtype=dtype)
    got = flow.log_prob(np.zeros([3, 2], dtype))
    assert got.dtype == dtype
    wanted = tfd.MultivariateNormalDiag(mean, [2.0, 2.0]).log_prob(np.zeros([3, 2]))
    np.testing.assert_allclose(got, wanted, rtol=1e-5)


# === Outside the support ===
RANGES = {
    "softplus": ([tfb.Softplus()], [[-1.0], [0.0]], [[0.5]]),
    "exp": ([tfb.Exp()], [[-1.0], [0.0]], [[0.5]]),
    "sigmoid": ([tfb.Sigmoid(-1.0, 3.0)], [[-1.5], [3.5]], [[0.5]]),
    "shifted": ([tfb.Exp(), tfb.Shift([2.0])], [[1.0], [2.0]], [[2.5]]),
}


@pytest.mark.parametrize("name", RANGES)
def test_outside_the_range_there_is_no_density(name):
    chain, outside, inside = RANGES[name]
    flow = Flow([DiagonalScaling(), *chain], (1,))
    assert np.all(np.isneginf(flow.log_prob(np.array(outside, "float32"))))
    assert np.all(np.isfinite(flow.log_prob(np.array(inside, "float32"))))


@pytest.mark.parametrize("jit_compile", [False, True])
def test_fit_counts_what_lies_outside(jit_compile):
    flow = Flow([DiagonalScaling(), tfb.Exp(), tfb.Softplus()], (1,))
    flow.compile(jit_compile=jit_compile)
    x = 1.0 + np.random.default_rng(0).uniform(size=(64, 1)).astype("float32")
    x[40:42] = 0.0
    data = tf.data.Dataset.from_tensor_slices(x).batch(16)
    says = ("2 examples", "Softplus", "batch 3")
    check_refused(lambda: flow.fit(data, verbose=0), *says)
