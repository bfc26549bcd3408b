"""Histograms: counts with a prior, and where the gradient ends."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from contracts import check_refused
from genkeras.zoo import Histogram

X = np.array([0, 3, 3, 1, 0, 0, 0, 5])[:, None]


def _probabilities(model):
    return np.exp(model.log_prob(np.arange(model.num_levels)[:, None]))


@pytest.mark.parametrize("num_levels", [2, 6, 300])
@pytest.mark.parametrize("smoothing", [0.0, 0.5, 1.0])
def test_counts_are_smoothed(num_levels, smoothing):
    x = np.minimum(X, num_levels - 1)
    model = Histogram(num_levels)
    model.fit_counts(x, smoothing=smoothing)
    counts = np.bincount(x[:, 0], minlength=num_levels) + smoothing
    p = _probabilities(model)
    np.testing.assert_allclose(p, counts / counts.sum(), rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(p.sum(), 1.0, atol=1e-5)


def test_smoothed_counts_are_the_mean_under_a_dirichlet_prior():
    model = Histogram(6)
    model.fit_counts(X, smoothing=0.7)
    posterior = stats.dirichlet(np.bincount(X[:, 0], minlength=6) + 0.7)
    np.testing.assert_allclose(_probabilities(model), posterior.mean(), rtol=1e-5)


def test_levels_that_were_not_seen_are_as_good_as_impossible():
    model = Histogram(6)
    model.fit_counts(X, smoothing=0.0)
    assert np.isfinite(model.log_prob([[2]]))
    assert set(np.unique(model.sample(500, seed=0))) <= {0, 1, 3, 5}


def test_the_gradient_reaches_what_counting_does():
    counted, learned = Histogram(6), Histogram(6)
    counted.fit_counts(X, smoothing=0.0)
    learned.compile(keras.optimizers.Adam(0.3), run_eagerly=True)
    learned.fit(tf.data.Dataset.from_tensors(X).repeat(60), verbose=0)
    seen = np.unique(X)
    np.testing.assert_allclose(
        _probabilities(learned)[seen], _probabilities(counted)[seen], atol=5e-3
    )


def test_without_data_the_prior_is_left():
    model = Histogram(5)
    model.fit_counts(np.zeros([0, 1], int), smoothing=2.0)
    np.testing.assert_allclose(_probabilities(model), 0.2, rtol=1e-6)


def test_what_does_not_fit():
    check_refused(lambda: Histogram(1), "num_levels=1")
    conditional = {"condition_spec": {"num_classes": 2}}
    check_refused(lambda: Histogram(3, **conditional), "condition_spec")
    model = Histogram(6)
    check_refused(lambda: model.fit_counts(X[:, 0]), "(8,)")
    check_refused(lambda: model.fit_counts(X + 1), "1 to 6")
    check_refused(lambda: model.fit_counts(X / 6), "fractions")
    check_refused(lambda: model.fit_counts(X, smoothing=-0.1), "-0.1")
    check_refused(lambda: model.fit_counts(X[:0], smoothing=0.0), "no example")
