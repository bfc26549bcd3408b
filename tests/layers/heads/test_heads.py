"""Output heads against sums, integrals and TFP."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from contracts import check_refused
from genkeras.distributions import DiscretizedLogistic
from genkeras.layers import (
    BernoulliHead,
    CategoricalHead,
    DiscretizedLogisticHead,
    GaussianMixtureHead,
)

HEADS = {
    "bernoulli": (BernoulliHead, 2),
    "categorical": (lambda: CategoricalHead(4), 3),
    "logistic": (lambda: DiscretizedLogisticHead(5, num_components=3), 3),
}


def _ready(make, channels, rng):
    """A head whose tables are moved off the start, and parameters for it."""
    head = make()
    size = head.params_size(channels)
    params = tf.constant(rng.normal(size=[6, size]).astype("float32"))
    head(params, tf.zeros([6, channels]))
    for weight in head.trainable_variables:
        weight.assign(rng.normal(size=weight.shape))
    return head, params


@pytest.mark.parametrize("name", HEADS)
def test_probabilities_add_up_to_one(name):
    make, channels = HEADS[name]
    head, params = _ready(make, channels, np.random.default_rng(0))
    levels = range(head.num_levels)
    every = np.array(list(itertools.product(levels, repeat=channels)), "float32")
    for row in params:
        log_prob = head(tf.tile(row[None], [len(every), 1]), every)
        np.testing.assert_allclose(np.exp(log_prob).sum(), 1.0, rtol=1e-5)


@pytest.mark.parametrize("name", HEADS)
def test_draws_follow_the_probabilities(name):
    make, channels = HEADS[name]
    rng = np.random.default_rng(1)
    head, params = _ready(make, channels, rng)
    levels = range(head.num_levels)
    every = np.array(list(itertools.product(levels, repeat=channels)), "float32")
    count = 20_000
    row = tf.tile(params[:1], [count, 1])
    noise = rng.random([count, head.num_uniforms(channels)]).astype("float32")
    x = head.draw(row, tf.constant(noise), temperature=tf.constant(1.0)).numpy()
    p = np.exp(head(tf.tile(params[:1], [len(every), 1]), every))
    powers = head.num_levels ** np.arange(channels)[::-1]
    counts = np.bincount((x @ powers).astype(int), minlength=len(every))
    error = np.sqrt(p * (1 - p).clip(0) / count)
    assert np.all(np.abs(counts / count - p) < 5 * error + 2 / count)


def test_gaussian_mixtures_are_those_of_tfp():
    rng = np.random.default_rng(0)
    head, params = _ready(lambda: GaussianMixtureHead(3), 2, rng)
    x = rng.normal(size=[6, 2]).astype("float32")
    numbers = np.reshape(params, [6, 3, 5])
    mixture = tfd.MixtureSameFamily(
        tfd.Categorical(logits=numbers[..., 0]),
        tfd.MultivariateNormalDiag(
            numbers[..., 1:3], np.log1p(np.exp(numbers[..., 3:])) + 1e-3
        ),
    )
    np.testing.assert_allclose(head(params, x), mixture.log_prob(x), rtol=1e-5)
    count = 20_000
    noise = rng.random([count, 3]).astype("float32").clip(1e-7, 1 - 1e-7)
    row = tf.tile(params[:1], [count, 1])
    draws = head.draw(row, tf.constant(noise), temperature=tf.constant(1.0)).numpy()
    mean = mixture.mean()[0].numpy()
    error = draws.std(axis=0) / np.sqrt(count)
    assert np.all(np.abs(draws.mean(axis=0) - mean) < 5 * error)


# === The discretized logistic ===
def test_a_bin_is_the_integral_of_the_density():
    loc, scale = 3.3, 1.7
    p = DiscretizedLogistic(tf.constant(loc, tf.float64), scale, num_levels=8)
    density = tfd.Logistic(tf.constant(loc, tf.float64), scale)
    wide = 400.0
    edges = [-wide, *np.arange(7) + 0.5, wide + 8]
    for level, (low, high) in enumerate(itertools.pairwise(edges)):
        grid = np.linspace(low, high, 200_001)
        wanted = np.trapezoid(density.prob(grid), grid)
        np.testing.assert_allclose(p.prob(level), wanted, atol=1e-5)


@pytest.mark.parametrize("scale", 10.0 ** np.arange(-7, 8))
def test_no_scale_has_a_gradient_that_is_not_finite(scale):
    log_scale = tf.fill([256], tf.constant(np.log(scale), tf.float32))
    loc = tf.fill([256], 100.2)
    with tf.GradientTape() as tape:
        tape.watch([loc, log_scale])
        p = DiscretizedLogistic(loc, tf.exp(log_scale), num_levels=256)
        log_prob = p.log_prob(tf.range(256.0))
    gradients = tape.gradient(log_prob, [loc, log_scale])
    for values in (log_prob, *gradients):
        assert np.all(np.isfinite(values)), scale
    np.testing.assert_allclose(np.exp(log_prob).sum(), 1.0, rtol=1e-4)


def test_float32_keeps_what_float64_says():
    for scale in (1e-3, 0.3, 5.0, 1e4):
        single, double = (
            DiscretizedLogistic(tf.constant(100.2, dtype), scale, num_levels=256)
            for dtype in (tf.float32, tf.float64)
        )
        x = np.arange(256.0)
        np.testing.assert_allclose(
            single.log_prob(x.astype("float32")),
            double.log_prob(x),
            rtol=1e-4,
            atol=1e-6,
        )


def test_outside_the_levels_there_is_nothing():
    p = DiscretizedLogistic(2.0, 1.0, num_levels=4)
    assert np.all(np.isneginf(p.log_prob([-1.0, 0.5, 4.0])))


@pytest.mark.parametrize(
    ("make", "received"),
    [
        (lambda: CategoricalHead(1), "num_levels=1"),
        (lambda: DiscretizedLogisticHead(1), "num_levels=1"),
        (lambda: GaussianMixtureHead(0), "num_components=0"),
        (lambda: DiscretizedLogistic(0.0, 1.0, 1), "num_levels=1"),
    ],
)
def test_settings_that_mean_nothing_are_refused(make, received):
    check_refused(make, received)
