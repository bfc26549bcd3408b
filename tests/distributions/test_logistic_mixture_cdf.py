import numpy as np
import pytest
import scipy.special
import tensorflow as tf

from contracts import fresh
from genkeras.distributions import LogisticMixtureCDF


def parameters(shape, components, seed=0, size=1.0, dtype="float64"):
    rng = np.random.default_rng(seed)
    make = lambda scale: scale * rng.normal(size=(*shape, components))  # noqa: E731
    return [make(s).astype(dtype) for s in (size, 2.0 * size, 0.7 * size)]


def test_is_the_logit_of_the_distribution_function():
    logits, loc, log_scale = parameters((5,), 4)
    x = np.random.default_rng(2).normal(size=(7, 5))
    weights = scipy.special.softmax(logits, axis=-1)
    each = scipy.special.expit((x[..., None] - loc) * np.exp(-log_scale))
    want = scipy.special.logit((weights * each).sum(axis=-1))
    y = LogisticMixtureCDF(logits, loc, log_scale).forward(x)
    np.testing.assert_allclose(y, want, rtol=1e-9)


def test_keeps_its_digits_where_the_function_rounds_to_one():
    mixture = LogisticMixtureCDF([0.3, -1.0], [-2.0, 5.0], [0.0, 0.5])
    x = tf.constant([-300.0, -80.0, 0.0, 80.0, 300.0])
    np.testing.assert_allclose(
        mixture.inverse(fresh(mixture.forward(x))), x, rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("method", ["forward", "inverse"])
def test_wild_parameters_give_finite_values_and_gradients(dtype, method):
    wild = [tf.constant(p) for p in parameters((5000,), 4, size=20.0, dtype=dtype)]
    wild[2] = tf.clip_by_value(wild[2], -7.0, 7.0)  # as a layer bounds them
    x = tf.constant(10.0 * np.random.default_rng(1).normal(size=5000), dtype)
    with tf.GradientTape() as tape:
        tape.watch([x, *wild])
        mixture = LogisticMixtureCDF(*wild)
        y = getattr(mixture, method)(x)
        log_det = getattr(mixture, f"{method}_log_det_jacobian")(fresh(x), 0)
        total = tf.reduce_sum(y + log_det)
    for value in (y, log_det, *tape.gradient(total, [x, *wild])):
        assert np.all(np.isfinite(value))
    if method == "inverse":
        # Where neither side is too flat for its digits, the root is one.
        tame = abs(log_det.numpy()) < 2.0
        again = mixture.forward(fresh(y))[tame]
        np.testing.assert_allclose(again, x[tame], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("order", [1, 2])
def test_the_inverse_has_implicit_derivatives(order):
    mixture = LogisticMixtureCDF([0.0, 1.0], [-1.0, 2.0], [0.2, -0.4])
    x = tf.constant([-2.0, 0.3, 2.5])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = mixture.forward(x)
        slope = inner.gradient(y, x)
    curvature = outer.gradient(slope, x)
    y = tf.constant(y.numpy())
    with tf.GradientTape() as outer:
        outer.watch(y)
        with tf.GradientTape() as inner:
            inner.watch(y)
            back = mixture.inverse(y)
        first = inner.gradient(back, y)
    second = outer.gradient(first, y)
    # x'(y) = 1 / y'(x) and x''(y) = -y''(x) / y'(x)^3.
    got, want = {1: (first, 1 / slope), 2: (second, -curvature / slope**3)}[order]
    np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-4)
