"""Promises of the conditional VAE: its prior, and what only that can tell."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats

from contracts import check_refused, perturb
from contracts.latent import _log_prob
from genkeras.zoo import ConditionalVAE, MixturePrior

RNG = np.random.default_rng(0)
X = (RNG.random((8, 4)) > 0.5).astype("float32")
CONDITION = RNG.normal(size=(8, 3)).astype("float32")


def _model(**kwargs):
    spec = {"shape": [3]}
    return ConditionalVAE((4,), 1, condition_spec=spec, hidden_units=(8,), **kwargs)


def test_the_bound_reaches_the_integral_over_the_conditional_prior():
    model = perturb(_model(seed=0), 0.4)
    edges = np.linspace(-12.0, 12.0, 2001)
    z = ((edges[1:] + edges[:-1]) / 2).astype("float32")[:, None]
    for i in range(3):
        given = np.repeat(CONDITION[i : i + 1], len(z), axis=0)
        prior = model.prior(given[:1])
        mean, stddev = float(prior.mean()[0, 0]), float(prior.stddev()[0, 0])
        assert abs(mean) > 1e-3, "the prior does not see the condition"
        p = np.asarray(model.decode(z, given), "float64")
        pixels = (X[i] * np.log(p) + (1 - X[i]) * np.log1p(-p)).sum(axis=1)
        joint = pixels + stats.norm(mean, stddev).logpdf(z[:, 0])
        truth = special.logsumexp(joint) + np.log(edges[1] - edges[0])
        one = slice(i, i + 1)
        got = _log_prob(model, X[one], CONDITION[one], 4000)
        np.testing.assert_allclose(got, [truth], atol=0.03)


def test_samples_come_from_the_prior_of_their_condition():
    model = perturb(_model(seed=0), 0.6)
    both = np.repeat(CONDITION[:2], 8000, axis=0)
    drawn = np.asarray(model.sample(16_000, condition=both, seed=0))
    for i in range(2):
        given = np.repeat(CONDITION[i : i + 1], 8000, axis=0)
        prior = model.prior(given[:1])
        z = prior.sample(8000, seed=(3, 4))[:, 0]
        wanted = np.mean(model.decode(z, given), axis=0)
        got = drawn[i * 8000 : (i + 1) * 8000].mean(axis=0)
        np.testing.assert_allclose(got, wanted, atol=0.04)


def test_the_rest_of_a_picture_is_one_of_two_and_no_blur_between():
    """Given `c`, either all bits are `c` or all are its opposite."""
    c = (RNG.random((600, 1)) > 0.5).astype("float32")
    flip = (RNG.random((600, 1)) > 0.5).astype("float32")
    x = np.repeat(np.abs(c - flip), 6, axis=1)
    model = ConditionalVAE(
        (6,), 1, condition_spec={"shape": [1]}, hidden_units=(16,), seed=0
    )
    model.compile(keras.optimizers.Adam(0.01), run_eagerly=True)
    step = tf.function(model.train_step)
    data = (tf.constant(x), tf.constant(c))
    for _ in range(500):
        step(data)
    nll = -np.mean(_log_prob(model, x, c, 200))
    assert nll < 1.0  # log 2 at best; bits one by one cost 6 log 2 = 4.2
    drawn = np.asarray(model.sample(400, condition=c[:400], seed=0))
    assert np.mean(np.all(drawn == drawn[:, :1], axis=1)) > 0.75  # one by one: 0.03


def test_what_does_not_fit():
    check_refused(lambda: ConditionalVAE((4,), 1), "condition_spec=None")
    with pytest.raises(ValueError, match="takes no other"):
        _model(learned_prior=MixturePrior(2))
    check_refused(lambda: _model().elbo(X), "no condition")
