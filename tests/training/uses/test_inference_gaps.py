"""What a bound lacks, against a linear model whose posterior has a closed form."""

import keras
import numpy as np
from scipy import stats

from contracts import check_refused, perturb
from contracts.models import TINY
from genkeras.training.uses import inference_gaps
from genkeras.zoo import VAE, NormalLikelihood

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 5)).astype("float32")


def _linear():
    """`x ~ Normal(z W + b, s)`, with an encoder that knows nothing of it."""
    decoder = keras.layers.Dense(5, bias_initializer="normal")
    model = VAE(
        (5,),
        2,
        decoder=decoder,
        hidden_units=(8,),
        likelihood=NormalLikelihood(),
        seed=0,
    )
    return perturb(model, 0.2), decoder


def _divergence(mean, variance, center, precision):
    """`KL(Normal(mean, diag(variance)) || Normal(center, precision^-1))`."""
    off = mean - center
    return 0.5 * (
        variance @ np.diag(precision)
        + np.einsum("ni,ij,nj->n", off, precision, off)
        - len(precision)
        - np.log(variance).sum(axis=1)
        - np.linalg.slogdet(precision)[1]
    )


def test_gaps_are_the_divergences_of_the_closed_form():
    model, decoder = _linear()
    w, b = (np.asarray(v, "float64") for v in (decoder.kernel, decoder.bias))
    s = float(model.likelihood(np.zeros([1, 2], "float32")).stddev()[0, 0])
    precision = np.eye(2) + w @ w.T / s**2
    center = (X - b) @ w.T @ np.linalg.inv(precision) / s**2
    log_prob = stats.multivariate_normal(b, w.T @ w + s**2 * np.eye(5)).logpdf(X)
    best = np.tile(1.0 / np.diag(precision), [4, 1])
    approximation = _divergence(center, best, center, precision)
    mean, stddev = (np.asarray(m, "float64") for m in model.encode(X))
    total = _divergence(mean, stddev**2, center, precision)
    assert approximation.min() > 0.01  # the test would see it left out
    assert np.min(total - approximation) > 0.01

    found = inference_gaps(model, X, num_draws=5000, num_steps=300, learning_rate=0.1)
    np.testing.assert_allclose(found["log_prob"], log_prob, atol=0.05)
    known = inference_gaps(
        model, X, log_prob=log_prob, num_draws=5000, num_steps=300, learning_rate=0.1
    )
    np.testing.assert_allclose(known["approximation_gap"], approximation, atol=0.05)
    amortization = total - approximation
    np.testing.assert_allclose(known["amortization_gap"], amortization, atol=0.15)
    np.testing.assert_allclose(known["elbo"], log_prob - total, atol=0.15)
    np.testing.assert_array_equal(known["fitted_elbo"], found["fitted_elbo"])


def test_conditions_go_along_and_other_models_are_refused():
    tiny = TINY["vae_labels"]
    model = tiny()
    found = inference_gaps(model, tiny.x, tiny.condition, num_draws=20, num_steps=2)
    assert all(values.shape == (len(tiny.x),) for values in found.values())
    check_refused(lambda: inference_gaps(TINY["made"](), TINY["made"].x), "MADE")
    given = (model, tiny.x, tiny.condition)
    check_refused(lambda: inference_gaps(*given, num_draws=0), "num_draws=0")
    known = np.zeros([len(tiny.x), 1])
    check_refused(lambda: inference_gaps(*given, log_prob=known), "(12, 1)")
