"""Mixtures of rounded logistics over pixels: integrals, sums, edges and gradients."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats

from genkeras.distributions import DiscretizedLogistic
from genkeras.layers import DiscretizedLogisticHead

NODES, WEIGHTS = np.polynomial.legendre.leggauss(60)
SCALES = 10.0 ** np.arange(-7, 8)
# Which channels shift the mean of each, in the order of the links.
SEES = [(), (0,), (0, 1)]


def _params(head, channels, spread=1.0, seed=0):
    """Numbers whose means and scales differ, the wider the spread the more."""
    rng = np.random.default_rng(seed)
    return spread * rng.normal(size=head.params_size(channels))


# === The formula, by integration ===
def _log_mass(level, loc, scale, num_levels):
    """A bin's integral by Gauss's rule, and that beyond an edge by SciPy's tails."""
    half = 1.0 / (num_levels - 1)
    middle = 2.0 * half * level - 1.0
    if level == 0:
        return stats.logistic.logcdf(middle + half, loc, scale)
    if level == num_levels - 1:
        return stats.logistic.logsf(middle - half, loc, scale)
    density = stats.logistic.logpdf(middle + half * NODES[:, None], loc, scale)
    return special.logsumexp(density + np.log(half * WEIGHTS)[:, None], axis=0)


def _by_integration(params, pixel, num_levels, num_components, num_summed=0):
    """`log P(x)` of a pixel in float64, or of its channels but the last few.

    The channels that are left out are summed over every level, one bin after another.
    """
    channels = len(pixel)
    numbers = params.reshape(num_components, -1)
    weights, means, log_scales, links = np.split(
        numbers, [1, 1 + channels, 1 + 2 * channels], axis=1
    )
    scales = np.exp(np.maximum(log_scales, -7.0))
    scaled = 2.0 * np.asarray(pixel) / (num_levels - 1) - 1.0
    log_p, link = special.log_softmax(weights[:, 0]), 0
    for c in range(channels - num_summed):
        loc = means[:, c].copy()
        for b in SEES[c]:
            loc += np.tanh(links[:, link]) * scaled[b]
            link += 1
        log_p = log_p + _log_mass(pixel[c], loc, scales[:, c], num_levels)
    return special.logsumexp(log_p)


def _pixels(channels, count=8):
    """Random ones, and all of those at edges."""
    edges = np.array(list(itertools.product([0, 255], repeat=channels)))
    drawn = np.random.default_rng(1).integers(0, 256, size=[count, channels])
    return np.concatenate([edges, drawn])


@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-9), ("float32", 1e-4)])
def test_pixels_are_integrals(channels, dtype, rtol):
    head = DiscretizedLogisticHead(256, num_components=4, dtype=dtype)
    pixels = _pixels(channels)
    for spread in (0.5, 3.0):
        params = _params(head, channels, spread)
        rows = tf.constant(np.tile(params, [len(pixels), 1]), dtype)
        got = head(rows, tf.constant(pixels, dtype))
        wanted = [_by_integration(params, pixel, 256, 4) for pixel in pixels]
        np.testing.assert_allclose(got, wanted, rtol=rtol)
        np.testing.assert_allclose(np.exp(got), np.exp(wanted), atol=1e-5)


# === Sums ===
@pytest.mark.parametrize("spread", [0.5, 3.0, 20.0])
def test_the_levels_of_grey_add_up_to_one(spread):
    head = DiscretizedLogisticHead(256)
    levels = tf.range(256.0)[:, None]
    for seed in range(5):
        row = tf.constant(_params(head, 1, spread, seed)[None], tf.float32)
        p = np.exp(head(tf.tile(row, [256, 1]), levels), dtype="float64")
        np.testing.assert_allclose(p.sum(), 1.0, atol=1e-5)


def test_each_channel_adds_up_given_those_before_it():
    """256 levels of blue give what red and green have; and so on, up to 1."""
    head = DiscretizedLogisticHead(256, num_components=4)
    params = _params(head, 3)
    red, green = 250, 3
    blue = np.stack(
        [np.full(256, red), np.full(256, green), np.arange(256)], axis=1
    ).astype("float32")
    row = tf.constant(params[None], tf.float32)
    summed = special.logsumexp(np.float64(head(tf.tile(row, [256, 1]), blue)))
    pair = _by_integration(params, (red, green, 0), 256, 4, num_summed=1)
    np.testing.assert_allclose(summed, pair, atol=1e-5)
    both = np.array(list(itertools.product([red], range(256), range(256))), "float32")
    summed = special.logsumexp(np.float64(head(tf.tile(row, [len(both), 1]), both)))
    one = _by_integration(params, (red, 0, 0), 256, 4, num_summed=2)
    np.testing.assert_allclose(summed, one, atol=1e-5)
    reds = [
        _by_integration(params, (r, 0, 0), 256, 4, num_summed=2) for r in range(256)
    ]
    np.testing.assert_allclose(special.logsumexp(reds), 0.0, atol=1e-9)


@pytest.mark.parametrize("spread", [0.5, 3.0])
def test_whole_pixels_of_few_levels_add_up_to_one(spread):
    head = DiscretizedLogisticHead(9, num_components=3)
    row = tf.constant(_params(head, 3, spread)[None], tf.float32)
    every = np.array(list(itertools.product(range(9), repeat=3)), "float32")
    p = np.exp(head(tf.tile(row, [len(every), 1]), every), dtype="float64")
    np.testing.assert_allclose(p.sum(), 1.0, atol=1e-5)


# === Any scale ===
@pytest.mark.parametrize("loc", [-1000.0, 0.0, 100.5, 255.0, 1e4])
def test_any_loc_and_scale_adds_up_with_finite_gradients(loc):
    scale = tf.constant(np.repeat(SCALES[:, None], 256, axis=1), tf.float32)
    loc = tf.fill([len(SCALES), 256], loc)
    with tf.GradientTape() as tape:
        tape.watch([loc, scale])
        log_prob = DiscretizedLogistic(loc, scale, 256).log_prob(tf.range(256.0))
    for values in (log_prob, *tape.gradient(log_prob, [loc, scale])):
        assert np.all(np.isfinite(values))
    total = np.exp(log_prob, dtype="float64").sum(axis=1)
    np.testing.assert_allclose(total, 1.0, atol=1e-5)


def _with_scale(head, channels, scale):
    """Numbers of which one component has this scale, and then all have it."""
    numbers = _params(head, channels).reshape(head.num_components, -1)
    one, every = numbers.copy(), numbers.copy()
    scales = slice(1 + channels, 1 + 2 * channels)
    one[0, scales] = every[:, scales] = np.log(scale)
    return np.stack([one.ravel(), every.ravel()])


def _gradient(head, params, pixels, dtype):
    rows = tf.constant(np.repeat(params, len(pixels), axis=0), dtype)
    x = tf.constant(np.tile(pixels, [len(params), 1]), dtype)
    with tf.GradientTape() as tape:
        tape.watch(rows)
        log_prob = head(rows, x)
    return log_prob.numpy(), tape.gradient(log_prob, rows).numpy()


@pytest.mark.parametrize("channels", [1, 3])
def test_the_gradient_of_a_pixel_is_finite_at_any_scale_and_right(channels):
    single, double = (
        DiscretizedLogisticHead(256, num_components=3, dtype=dtype)
        for dtype in ("float32", "float64")
    )
    pixels = _pixels(channels)
    for scale in SCALES:
        params = _with_scale(single, channels, scale)
        got = _gradient(single, params, pixels, "float32")
        assert all(np.all(np.isfinite(values)) for values in got), scale
        wanted = _gradient(double, params, pixels, "float64")
        for one, other in zip(got, wanted, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-3)
