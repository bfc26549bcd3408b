"""Training towards a density: closed forms, the gradient, what is refused and kept."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import bijectors as tfb
from tensorflow_probability import distributions as tfd

from contracts import check_refused
from contracts.models import TINY
from genkeras.layers import ActNorm
from genkeras.zoo import Flow, RealNVP

MEAN, STDDEV = np.array([1.0, -2.0]), np.array([0.5, 2.0])


def _target(x):
    return tfd.MultivariateNormalDiag(
        tf.constant(MEAN, x.dtype), tf.constant(STDDEV, x.dtype)
    ).log_prob(x)


def _normal():
    """A flow whose densities are the normal ones with independent features."""
    model = Flow([ActNorm()], (2,), seed=0)
    layer = model.transforms[0]
    layer.shift.assign([0.3, 0.0])
    layer.log_scale.assign([0.2, -0.1])
    return model, layer


def _divergence(layer):
    """`KL(Normal(m, s) || Normal(MEAN, STDDEV))`, in closed form."""
    m, log_s = layer.shift.numpy(), layer.log_scale.numpy()
    ratio = np.exp(log_s) / STDDEV
    return (0.5 * (ratio**2 + ((m - MEAN) / STDDEV) ** 2 - 1) - np.log(ratio)).sum()


def _fit(model, target=_target, **kwargs):
    options = {"steps_per_epoch": 4, "verbose": 0, **kwargs}
    return model.fit(target_log_prob_fn=target, **options).history


def test_the_divergence_falls_to_zero():
    model, layer = _normal()
    before = _divergence(layer)
    model.compile(keras.optimizers.Adam(0.05), jit_compile=False)
    history = _fit(
        model,
        lambda x: _target(x) + 5.0,  # known up to a constant: log Z = 5
        batch_size=64,
        steps_per_epoch=100,
        epochs=4,
        callbacks=[keras.callbacks.LearningRateScheduler(lambda i: 0.05 / 4**i)],
    )
    assert before > 2.0
    assert _divergence(layer) < 1e-3
    assert set(history) >= {"loss", "entropy", "target_log_prob"}
    np.testing.assert_allclose(history["loss"][-1], -5.0, atol=1e-3)
    total = -np.array(history["entropy"]) - history["target_log_prob"]
    np.testing.assert_allclose(history["loss"], total, rtol=1e-4)


def test_the_step_follows_the_gradient_of_the_divergence():
    """Within five standard errors of the closed form, by a step of 20,000 draws."""
    model, layer = _normal()
    m, s = layer.shift.numpy(), np.exp(layer.log_scale.numpy())
    noise = np.random.default_rng(0).normal(size=(20_000, 2))
    pull = (m + s * noise - MEAN) / STDDEV**2
    wanted = {
        "shift": (m - MEAN) / STDDEV**2,
        "log_scale": (s / STDDEV) ** 2 - 1.0,
    }
    errors = {"shift": pull.std(0), "log_scale": (pull * s * noise).std(0)}
    before = {name: getattr(layer, name).numpy() for name in wanted}
    model.compile(keras.optimizers.SGD(1.0), run_eagerly=True)
    _fit(model, batch_size=20_000, steps_per_epoch=1)
    for name, gradient in wanted.items():
        step = before[name] - getattr(layer, name).numpy()
        slack = 5 * errors[name] / np.sqrt(20_000)
        assert np.all(np.abs(step - gradient) < slack), name


def test_a_fit_that_was_cut_off_goes_on_as_if_it_had_not_been(tmp_path):
    def fresh():
        keras.utils.set_random_seed(0)
        model = RealNVP(2, 2, (8,), seed=0)
        model.compile("adam", jit_compile=False)
        return model

    whole, first = fresh(), fresh()
    _fit(whole, epochs=2)
    path = tmp_path / "model.keras"
    _fit(first, callbacks=[keras.callbacks.ModelCheckpoint(path)])
    second = keras.saving.load_model(path)
    _fit(second, epochs=2, initial_epoch=1)
    for got, wanted in zip(second.variables, whole.variables, strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_one_target_after_the_other_and_then_data():
    model, _ = _normal()
    model.compile(keras.optimizers.SGD(1e-6), jit_compile=False)
    x = TINY["real_nvp"].x
    first = _fit(model, validation_data=x)
    second = _fit(model, lambda x: _target(x) - 100.0)
    assert second["loss"][0] > first["loss"][0] + 90.0
    logs = model.fit(x, verbose=0).history
    assert set(logs) == {"loss", "nll"}
    # ActNorm goes on from what was trained, and does not start from the data.
    np.testing.assert_allclose(first["val_nll"], logs["nll"], rtol=1e-3)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gaussian_mixture", "NOT_REPARAMETERIZED"),
        ("made", "levels"),
        ("levels", "levels"),
        ("real_nvp_levels", "levels"),
        ("real_nvp_floats", "condition_spec"),
    ],
)
def test_samples_without_a_gradient_are_refused(name, says):
    model = TINY[name]()
    model.compile("adam")
    check_refused(lambda: _fit(model), says)


def test_what_does_not_fit_is_refused():
    model, _ = _normal()
    model.compile("adam", run_eagerly=True)
    check_refused(lambda: _fit(model, steps_per_epoch=None), "steps_per_epoch=None")
    check_refused(lambda: _fit(model, x=TINY["real_nvp"].x), "both")
    check_refused(lambda: _fit(model, lambda x: -(x**2)), "(32, 2)")
    assert "nll" in model.evaluate(TINY["real_nvp"].x, verbose=0)


def test_a_support_of_its_own():
    """Towards a Gamma density, through a softplus: the mean of its draws."""
    model = Flow([ActNorm(), tfb.Softplus()], (1,), seed=0)
    model.compile(keras.optimizers.Adam(0.05), jit_compile=False)
    target = tfd.Independent(tfd.Gamma([5.0], [2.0]), 1)
    history = _fit(model, target.log_prob, batch_size=64, steps_per_epoch=300)
    assert history["loss"][0] > 0.0
    np.testing.assert_allclose(np.mean(model.sample(4000, seed=0)), 2.5, atol=0.2)
