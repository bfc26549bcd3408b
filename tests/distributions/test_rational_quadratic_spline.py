import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from contracts import fresh
from genkeras.distributions import RationalQuadraticSpline


def raw(shape, bins=8, size=1.0, seed=0, dtype="float32"):
    rng = np.random.default_rng(seed)
    return [
        (size * rng.normal(size=(*shape, k))).astype(dtype)
        for k in (bins, bins, bins - 1)
    ]


def points(shape, size, seed=1, dtype="float32"):
    return (size * np.random.default_rng(seed).normal(size=shape)).astype(dtype)


def test_agrees_with_tfp():
    widths, heights, slopes = raw((6,), dtype="float64")
    spline = RationalQuadraticSpline(widths, heights, slopes, bound=2.0)

    def sizes(raw):
        return 4.0 * (1e-3 + (1.0 - 8e-3) * tf.nn.softmax(raw))

    offset = np.log(np.expm1(1.0 - 1e-3))
    theirs = tfp.bijectors.RationalQuadraticSpline(
        sizes(widths),
        sizes(heights),
        1e-3 + tf.nn.softplus(slopes + offset),
        range_min=-2.0,
    )
    x = points((50, 6), 1.5, dtype="float64")
    np.testing.assert_allclose(spline.forward(x), theirs.forward(x), rtol=1e-9)
    np.testing.assert_allclose(spline.inverse(x), theirs.inverse(x), rtol=1e-9)
    np.testing.assert_allclose(
        spline.inverse_log_det_jacobian(fresh(x), 1),
        theirs.inverse_log_det_jacobian(fresh(x), 1),
        rtol=1e-8,
    )


def test_zeros_give_the_identity():
    spline = RationalQuadraticSpline(*raw((), size=0.0), bound=3.0)
    x = tf.linspace(-4.0, 4.0, 41)
    np.testing.assert_allclose(spline.forward(x), x, atol=1e-6)
    np.testing.assert_allclose(spline.inverse(x), x, atol=1e-6)
    log_det = spline.forward_log_det_jacobian(fresh(x), 0)
    np.testing.assert_allclose(log_det, 0.0, atol=1e-6)


@pytest.mark.parametrize("size", [20.0, 1e4])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("method", ["forward", "inverse"])
def test_saturated_logits_give_finite_values_and_gradients(size, dtype, method):
    parameters = [tf.constant(p) for p in raw((20_000,), size=size, dtype=dtype)]
    x = tf.constant(points((20_000,), 2.0, dtype=dtype))
    with tf.GradientTape() as tape:
        tape.watch([x, *parameters])
        spline = RationalQuadraticSpline(*parameters)
        y = getattr(spline, method)(x)
        log_det = getattr(spline, f"{method}_log_det_jacobian")(fresh(x), 0)
        total = tf.reduce_sum(y + log_det)
    for value in (y, log_det, *tape.gradient(total, [x, *parameters])):
        assert np.all(np.isfinite(value))
    # Sorted inputs of one spline come out sorted, rounding apart.
    one = RationalQuadraticSpline(*[p[0] for p in parameters])
    y = getattr(one, method)(tf.sort(x)).numpy()
    assert np.all(np.diff(y) >= -1e-5)


def test_all_in_the_tails_is_the_identity_with_zero_gradients():
    parameters = [tf.constant(p) for p in raw((4,), size=20.0)]
    x = tf.constant([[-1e30, -3.0, 3.0, 1e30]])
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        spline = RationalQuadraticSpline(*parameters)
        y = spline.inverse(spline.forward(x))
        log_det = spline.forward_log_det_jacobian(fresh(x), 1)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(log_det, [0.0])
    for gradient in tape.gradient([y, log_det], parameters):
        np.testing.assert_array_equal(gradient, tf.zeros_like(gradient))


@pytest.mark.parametrize("method", ["inverse", "inverse_log_det_jacobian"])
def test_gradients_of_the_inverse_are_those_of_differences(method):
    flat = [p.ravel() for p in raw((2,), bins=3, dtype="float64")]
    sizes = [len(p) for p in flat]
    y = tf.constant([-1.3, 0.2], tf.float64)

    def total(vector):
        parts = [tf.reshape(p, [2, -1]) for p in tf.split(vector, sizes)]
        spline = RationalQuadraticSpline(*parts)
        arguments = (fresh(y), 0) if "log_det" in method else (fresh(y),)
        return tf.reduce_sum(getattr(spline, method)(*arguments))

    at = tf.constant(np.concatenate(flat))
    theory, numeric = tf.test.compute_gradient(total, [at], delta=1e-6)
    np.testing.assert_allclose(theory[0], numeric[0], atol=1e-7)


def test_a_float32_inverse_is_as_exact_as_rounding_allows():
    """`y` is right to its last digits; `x` to those digits over the slope."""
    spline = RationalQuadraticSpline(*map(tf.constant, raw((64,), size=2.0)))
    x = tf.constant(points((500, 64), 1.0))
    y = spline.forward(x)
    back = spline.inverse(fresh(y))
    np.testing.assert_allclose(spline.forward(fresh(back)), y, atol=2e-6)
    slope = np.exp(spline.forward_log_det_jacobian(fresh(x), 0))
    assert slope.min() < 0.01
    assert np.max(abs(back - x) * np.minimum(slope, 1.0)) < 2e-6


@pytest.mark.parametrize("sizes", [(4, 4, 4), (4, 3, 3), (2000, 2000, 1999)])
def test_sizes_that_do_not_fit(sizes):
    with pytest.raises(ValueError, match=rf"K - 1 slopes.*\[{sizes[0]}, "):
        RationalQuadraticSpline(*[tf.zeros([n]) for n in sizes])
