"""What MAF, IAF and neural spline flows promise beyond every density."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import perturb
from genkeras.layers import ActNorm, AffineCoupling, SplineCoupling
from genkeras.zoo import IAF, MAF, NICE, Flow, NeuralSplineFlow, RealNVP


def autoregressive_spline_flow(*args, **kwargs):
    return NeuralSplineFlow(*args, coupling=False, **kwargs)


MODELS = [MAF, IAF, NeuralSplineFlow, autoregressive_spline_flow]


def normal(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@pytest.mark.parametrize("make", MODELS)
def test_the_density_integrates_to_one(make):
    model = perturb(make(2, 2, (8,)), 0.2)
    side = np.linspace(-12.0, 12.0, 400)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    density = np.exp(model.log_prob(grid.astype("float32")).numpy().astype(float))
    np.testing.assert_allclose(density.sum() * (side[1] - side[0]) ** 2, 1.0, atol=2e-3)


@pytest.mark.parametrize("make", MODELS)
def test_conditional_training_saving_and_resuming(make, tmp_path):
    model = perturb(make(3, 2, (8,), condition_spec={"num_classes": 2}, seed=0))
    x, labels = 20.0 + normal((40, 3)), np.arange(40) % 2
    # 40 = 16 + 16 + 8: the last batch is a short one.
    data = tf.data.Dataset.from_tensor_slices((x, labels)).batch(16)
    # A graph for one of them is enough, and takes seconds to trace.
    model.compile(keras.optimizers.Adam(1e-3), run_eagerly=make is not MAF)
    model.fit(data, verbose=0)
    nll = model.evaluate(data, verbose=0)["nll"]
    assert nll < 30.0  # far from 20 standard deviations: the first batch was used
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.log_prob(x, labels), model.log_prob(x, labels))
    for m in (model, loaded):
        m.fit(data, verbose=0)
    np.testing.assert_allclose(
        loaded.log_prob(x, labels), model.log_prob(x, labels), rtol=1e-4
    )
    z = model.encode(x, labels)
    np.testing.assert_allclose(model.decode(z, labels), x, rtol=1e-4)
    assert np.max(abs(model.encode(x, 1 - labels) - z)) > 1e-3
    assert model.interpolate(x[:2], x[2:4], 5, labels[:2]).shape == (2, 5, 3)


@pytest.mark.parametrize("make", MODELS)
def test_samples_and_temperature(make):
    model = perturb(make(5, 2, (8,)), 0.2)
    samples = model.sample(300, seed=1)
    np.testing.assert_array_equal(samples, model.sample(300, seed=1))
    noise = model.base_distribution().sample(300, (0, 1))
    np.testing.assert_allclose(model.encode(samples), noise, atol=2e-3)
    cold = model.encode(model.sample(300, seed=1, temperature=0.5))
    np.testing.assert_allclose(cold, 0.5 * noise, atol=2e-3)


def test_one_feature():
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
    assert np.all(np.isfinite(autoregressive_spline_flow(1, 2, (8,)).log_prob(x)))


def test_32_affine_layers_train_on_19_features():
    model = RealNVP(19, 32, (8,))
    model.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    x = 5.0 * normal((64, 19)) + 1.0
    before = model.log_prob(x)
    model.fit(x, epochs=2, verbose=0)
    assert np.mean(model.log_prob(x)) > np.mean(before)


def test_a_condition_of_size_ten_stays_finite():
    model = perturb(MAF(4, 4, (16,), condition_spec={"shape": [1]}), 0.3)
    x, condition = normal((64, 4)), np.full([64, 1], 10.0, "float32")
    model.compile("adam")
    model.fit(
        tf.data.Dataset.from_tensor_slices((x, condition)).batch(32),
        epochs=2,
        verbose=0,
    )
    assert np.all(np.isfinite(model.log_prob(x, condition)))
    assert np.all(np.isfinite(model.sample(64, condition=condition, seed=0)))


def test_all_inputs_in_the_tails():
    model = perturb(Flow([SplineCoupling((8,)), SplineCoupling((8,), flip=True)], (3,)))
    x = 100.0 + normal((8, 3))
    np.testing.assert_array_equal(model.encode(x), x)
    np.testing.assert_allclose(
        model.log_prob(x), model.base_distribution().log_prob(x), rtol=1e-6
    )


@pytest.mark.parametrize("make", [*MODELS, RealNVP, NICE])
def test_mixed_precision_keeps_density_and_inverse(make):
    model = perturb(make(3, 2, (8,), dtype="mixed_float16"))
    model.compile("adam", run_eagerly=make is not MAF)
    x = normal((32, 3))
    model.fit(x, verbose=0)
    assert model.log_prob(x).dtype == tf.float32
    np.testing.assert_allclose(model.decode(model.encode(x)), x, atol=1e-3)


def test_act_norm_is_part_of_a_chain():
    model = Flow(
        [AffineCoupling((8,)), ActNorm(), AffineCoupling((8,)), ActNorm()], (4,)
    )
    x = 1e3 + 30.0 * normal((128, 4))
    model(x, training=True)
    z = model.encode(x).numpy()
    np.testing.assert_allclose(z.mean(axis=0), 0.0, atol=1e-3)
    np.testing.assert_allclose(z.std(axis=0), 1.0, atol=1e-3)
