"""What MAF, IAF and neural spline flows promise beyond every density."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import perturb
from genkeras.zoo import IAF, MAF, NeuralSplineFlow


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
