"""What the lesson of estimators measures."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from contracts import perturb
from genkeras.training import recipes
from genkeras.zoo import VAE

LESSON = recipes.load("estimators").module
X = (np.random.default_rng(0).random((3, 6)) > 0.5).astype("float32")


def test_the_integral_is_that_of_many_draws():
    model = perturb(VAE((6,), 2, hidden_units=(4,), seed=0), 0.4)
    z = np.random.default_rng(1).normal(size=(100_000, 2)).astype("float32")
    likelihood = model.likelihood(z)
    log_p = [tf.reduce_logsumexp(likelihood.log_prob(row[None])) for row in X]
    wanted = np.array(log_p) - np.log(len(z))
    np.testing.assert_allclose(LESSON.integral(model, X), wanted, atol=0.02)


@pytest.mark.slow
def test_bounds_and_spreads_are_in_the_order_of_the_lectures():
    config = dataclasses.replace(LESSON.SMOKE, num_draws=(2, 10), num_repeats=100)
    model = perturb(VAE((6,), 2, hidden_units=(4,), seed=0), 0.4)
    truth = LESSON.integral(model, X).mean()
    bounds = LESSON.mean_bounds(model, X, config)
    assert bounds["ELBO"][1] < bounds["IWAE"][1] < truth + 0.1
    spreads = LESSON.spreads(model, X, ("score", "pathwise", "dreg"), config)
    assert spreads["score"][1] > spreads["pathwise"][1] > spreads["dreg"][1] > 0.0
