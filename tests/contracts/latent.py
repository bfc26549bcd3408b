"""What every model with a latent variable and a bound must pass."""

import math

import numpy as np
import tensorflow as tf
from scipy import special, stats
from tensorflow_probability import distributions as tfd

from genkeras.zoo import IWAE, ConditionalVAE

from .basics import autodiff_log_det, fresh, plain_sgd, repeated


def check_latent(model, x, condition=None):
    """Of a `LatentVariableModel` with a Bernoulli likelihood.

    Its prior is a standard normal, or, of a `ConditionalVAE`, a normal.
    """
    check_shapes(model, x, condition)
    check_elbo(model, x, condition)
    check_rate(model, x, condition)
    if isinstance(model, IWAE):
        return  # weighs draws, and no rate
    check_beta(model, x, condition)


def check_shapes(model, x, condition=None):
    """Encoding, decoding and the line in between keep batch and event shapes."""
    batch, latent = len(x), model.latent_size
    mean, stddev = model.encode(x, condition)
    assert mean.shape == stddev.shape == (batch, latent)
    assert np.all(stddev > 0), "a standard deviation is not positive"
    decoded = model.decode(mean, condition)
    assert decoded.shape == x.shape, f"decode gives {decoded.shape}"
    np.testing.assert_allclose(model.reconstruct(x, condition), decoded, rtol=1e-5)
    line = model.interpolate(x, x[::-1], 3, condition)
    assert line.shape == (batch, 3, *x.shape[1:]), f"interpolate gives {line.shape}"
    np.testing.assert_allclose(line[:, 0], decoded, rtol=1e-4, atol=1e-6)
    middle = model.decode((mean + model.encode(x[::-1], condition)[0]) / 2, condition)
    np.testing.assert_allclose(line[:, 1], middle, rtol=1e-4, atol=1e-6)


def check_elbo(model, x, condition=None, *, num_draws=4000):
    """`elbo` is `E_q[log p(x, z) - log q(z|x)]` by NumPy, and below `log_prob`."""
    one = x[:1]
    given = repeated(condition, num_draws)
    weights = _log_weights(model, one, given, num_draws)
    # Each row of a batch draws its own noise.
    draws = model.elbo(np.repeat(one, num_draws, axis=0), given, seed=1).numpy()
    spread = math.hypot(weights.std(), draws.std()) / math.sqrt(num_draws)
    np.testing.assert_allclose(draws.mean(), weights.mean(), atol=5 * spread + 1e-3)

    many = _log_prob(model, one, repeated(condition), 1000)
    tight = special.logsumexp(weights) - math.log(num_draws)
    # The error of the logarithm of a mean is the mean's relative error.
    ratio = np.exp(weights - tight)
    error = ratio.std() * math.sqrt(1 / num_draws + 1 / 1000)
    np.testing.assert_allclose(many, [tight], atol=5 * error + 1e-3)
    assert draws.mean() <= many + 5 * spread, "the bound is above log p(x)"


def check_rate(model, x, condition=None, *, num_draws=20_000):
    """The reported rate is `KL(q || prior)`, by Monte Carlo."""
    model.compile(plain_sgd(), run_eagerly=True)
    # Where the rate has no closed form, each row gives the estimate of its own draw.
    many = np.repeat(x[:1], num_draws, axis=0)
    data = tf.data.Dataset.from_tensors((many, repeated(condition, num_draws)))
    rate = model.evaluate(data, verbose=0)["rate"]
    z, log_q = _draws(model, x[:1], condition, num_draws, seed=0)
    given = repeated(condition, num_draws)
    ratio = log_q - _log_prior(model, z, given)
    error = ratio.std() * math.sqrt(2 / num_draws)
    np.testing.assert_allclose(rate, ratio.mean(), atol=5 * error + 1e-4)
    assert rate > 0, f"the rate is {rate}"


def check_beta(model, x, condition=None):
    """`beta` weighs the rate in the loss, and changes nothing else."""
    model.compile(plain_sgd(), run_eagerly=True)
    data = tf.data.Dataset.from_tensors((x, condition))
    for beta in (1.0, 3.0):
        model.beta.assign(beta)
        # The noise is each evaluation's own, so sums hold within one of them.
        logs = model.evaluate(data, verbose=0)
        assert set(logs) == {"loss", "elbo", "distortion", "rate"}
        total = logs["distortion"] + beta * logs["rate"]
        np.testing.assert_allclose(logs["loss"], total, rtol=1e-5)
        elbo = -logs["distortion"] - logs["rate"]
        np.testing.assert_allclose(logs["elbo"], elbo, rtol=1e-5)
        bounds = (model.elbo(x, condition), model.log_prob(x, condition, num_samples=2))
        if beta == 1.0:
            before = bounds
    np.testing.assert_array_equal(bounds, before, "beta moves a bound")
    model.beta.assign(1.0)


def check_bound_by_quadrature(model, x):
    """The importance-weighted bound grows with its draws, up to the integral over z.

    Of an unconditional model with 1 latent number.
    """
    assert model.latent_size == 1, "quadrature over 1 latent number"
    edges = np.linspace(-8.0, 8.0, 2001)
    z = (edges[1:] + edges[:-1]) / 2
    p = np.asarray(model.decode(z[:, None]), "float64").reshape(len(z), 1, -1)
    pixels = _bernoulli(np.reshape(x, [1, len(x), -1]), p)  # [Z, B]
    joint = pixels + stats.norm.logpdf(z)[:, None]
    truth = special.logsumexp(joint, axis=0) + math.log(edges[1] - edges[0])

    def bound(num_samples):
        # Each row of a batch draws its own noise.
        repeats = np.repeat(x, 800 // num_samples, axis=0)
        return np.mean(_log_prob(model, repeats, None, num_samples))

    bounds = [bound(k) for k in (1, 4, 400)]
    assert bounds[0] < bounds[1] < bounds[2], f"the bound does not grow: {bounds}"
    many = _log_prob(model, x, None, 4000)
    np.testing.assert_allclose(many, truth, atol=0.02)


def _log_prob(model, x, condition, num_samples):
    """The bound, as a graph: thousands of draws take seconds without one."""
    run = tf.function(lambda: model.log_prob(x, condition, num_samples=num_samples))
    return run().numpy()


def _log_weights(model, one, condition, num_draws):
    """`log p(x, z) - log q(z|x)` at draws of `z` from NumPy."""
    z, log_q = _draws(model, one, condition, num_draws, seed=1)
    p = np.asarray(model.decode(z, condition), "float64").reshape(num_draws, -1)
    log_joint = _bernoulli(one.reshape(1, -1), p) + _log_prior(model, z, condition)
    return log_joint - log_q


def _draws(model, one, condition, num_draws, *, seed):
    """Draws of `q(z | one)` and their log-densities, from NumPy's noise.

    A normal is SciPy's; a flow moves its draws, with autodiff's log-determinant.
    """
    q = model.posterior(*model._enter(one, repeated(condition)))
    if isinstance(q, tfd.MultivariateNormalTriL):
        return _correlated_draws(q, num_draws, seed)
    flow = not isinstance(q, tfd.MultivariateNormalDiag)
    start = q.distribution if flow else q
    mean, stddev = (np.asarray(t[0]) for t in (start.mean(), start.stddev()))
    noise = np.random.default_rng(seed).normal(size=(num_draws, len(mean)))
    z = (mean + stddev * noise).astype(mean.dtype)
    log_q = stats.norm(mean, stddev).logpdf(z).sum(axis=1)
    if flow:
        log_q -= autodiff_log_det(q.bijector, fresh(z), event_ndims=1)
        z = q.bijector.forward(fresh(z)).numpy()
    return z, np.asarray(log_q, "float64")


def _log_prior(model, z, condition):
    """The prior's density by SciPy: a standard normal, or one for the condition."""
    prior = model.prior(condition)
    mean, stddev = np.asarray(prior.mean()), np.asarray(prior.stddev())
    if not isinstance(model, ConditionalVAE):
        assert np.all(mean == 0.0), "the prior is no standard normal"
        assert np.all(stddev == 1.0), "the prior is no standard normal"
    return stats.norm(mean, stddev).logpdf(z).sum(axis=1)


def _correlated_draws(q, num_draws, seed):
    mean, covariance = np.asarray(q.mean()[0]), np.asarray(q.covariance()[0])
    normal = stats.multivariate_normal(mean, covariance, seed=seed)
    z = np.reshape(normal.rvs(num_draws), [num_draws, len(mean)]).astype("float32")
    return z, normal.logpdf(z)


def _bernoulli(x, p):
    return (special.xlogy(x, p) + special.xlog1py(1 - x, -p)).sum(axis=-1)
