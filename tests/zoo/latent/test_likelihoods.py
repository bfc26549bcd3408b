"""Promises of likelihoods, priors, posteriors and what the loss makes of the rate."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats
from tensorflow_probability import distributions as tfd

from contracts import check_refused, check_resume, check_sampler, perturb
from contracts.latent import _log_prob
from contracts.models import Tiny
from genkeras.zoo import (
    IWAE,
    VAE,
    BernoulliLikelihood,
    CategoricalLikelihood,
    DiscretizedLogisticLikelihood,
    FlowPrior,
    MixturePrior,
    NormalLikelihood,
)

RNG = np.random.default_rng(0)
REAL = RNG.normal(size=(12, 3)).astype("float32")
LEVELS = RNG.integers(0, 4, size=(12, 3))
BITS = (RNG.random((12, 5)) > 0.5).astype("float32")
KINDS = {
    "normal": (NormalLikelihood, REAL, None),
    "normal_each": (lambda: NormalLikelihood(per_dimension=True), REAL, None),
    "logistic": (DiscretizedLogisticLikelihood, LEVELS, 4),
    "categorical": (CategoricalLikelihood, LEVELS, 4),
}


def _vae(kind, **kwargs):
    family, x, num_levels = KINDS[kind]
    if num_levels:
        kwargs["num_levels"] = num_levels
    return VAE((3,), 1, hidden_units=(8,), likelihood=family(), **kwargs), x


@pytest.mark.parametrize("kind", KINDS)
def test_the_bound_is_that_of_the_likelihood(kind):
    """The weighted bound reaches the integral over the one latent."""
    model, x = _vae(kind, seed=0)
    perturb(model, 0.2)
    edges = np.linspace(-7.0, 7.0, 1001)
    z = ((edges[1:] + edges[:-1]) / 2).astype("float32")[:, None]
    p = model.likelihood(z)
    likelihood = np.stack([p.log_prob(tf.cast(row, p.dtype)) for row in x[:3]])
    joint = likelihood + stats.norm.logpdf(z[:, 0])
    truth = special.logsumexp(joint, axis=1) + np.log(edges[1] - edges[0])
    got = _log_prob(model, x[:3], None, 3000)
    np.testing.assert_allclose(got, truth, atol=0.05)


@pytest.mark.parametrize("kind", ["logistic", "categorical"])
def test_levels_have_probabilities(kind):
    model, x = _vae(kind, seed=0)
    perturb(model, 0.3)
    axes = np.meshgrid(*[np.arange(4)] * 3, indexing="ij")
    every = np.stack(axes, axis=-1).reshape(-1, 3)
    p = model.likelihood(np.repeat([[0.7]], 64, axis=0).astype("float32"))
    np.testing.assert_allclose(np.exp(p.log_prob(every)).sum(), 1.0, atol=1e-5)
    drawn = model.sample(5, seed=0)
    assert drawn.dtype == tf.int32
    assert model.reconstruct(x).shape == x.shape
    check_refused(lambda: model.elbo(x / 3.0), "fractions")


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_saved_and_trains(kind):
    x = KINDS[kind][1]
    tiny = Tiny(lambda **kwargs: _vae(kind, **kwargs)[0], x)
    check_resume(tiny)
    model = tiny()
    check_sampler(model)
    model.compile(keras.optimizers.Adam(0.02), run_eagerly=True)
    step = tf.function(model.train_step)
    data = tf.constant(x)
    losses = [float(step(data)["loss"]) for _ in range(60)]
    assert losses[-1] < losses[0]


def test_the_scale_that_is_learned_is_that_of_the_noise():
    x = (0.3 * RNG.normal(size=(500, 3)) + [1.0, 2.0, 3.0]).astype("float32")
    model = VAE((3,), 1, hidden_units=(8,), likelihood=NormalLikelihood(), seed=0)
    model.compile(keras.optimizers.Adam(0.03), run_eagerly=True)
    step = tf.function(model.train_step)
    for _ in range(400):
        step(tf.constant(x))
    scale = model.likelihood(np.zeros([1, 1], "float32")).distribution.stddev()
    np.testing.assert_allclose(scale, 0.3, rtol=0.1)


def test_the_mean_of_images_of_levels():
    model = VAE(
        (4, 4, 3),
        2,
        filters=(4,),
        hidden_units=(8,),
        num_levels=256,
        likelihood=DiscretizedLogisticLikelihood(),
    )
    x = RNG.integers(0, 256, size=(2, 4, 4, 3))
    assert model.reconstruct(x).shape == (2, 4, 4, 3)
    assert np.isfinite(model.elbo(x)).all()
    made = np.asarray(model.sample(4, seed=0, mean=True))
    assert 0.0 <= made.min() < made.max() <= 255.0


# === Posteriors and priors ===
def test_a_full_posterior_is_its_factor():
    model = perturb(VAE((5,), 3, hidden_units=(8,), covariance="full", seed=0), 0.5)
    q = model.posterior(tf.constant(BITS))
    assert isinstance(q, tfd.MultivariateNormalTriL)
    factor = np.asarray(q.scale_tril)
    assert np.all(np.triu(factor, 1) == 0.0)
    assert np.all(np.abs(factor[:, [1, 2, 2], [0, 0, 1]]) > 1e-4)
    covariance = factor @ factor.swapaxes(1, 2)
    stddev = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    np.testing.assert_allclose(model.encode(BITS)[1], stddev, rtol=1e-4)
    one = VAE((5,), 1, hidden_units=(8,), covariance="full", seed=0)
    assert one.encode(BITS)[1].shape == (12, 1)


@pytest.mark.parametrize("prior", [MixturePrior(4), FlowPrior(2, (8,))])
def test_a_learned_prior_is_in_bound_and_samples(prior):
    config = keras.saving.serialize_keras_object(prior)

    def build(**kwargs):
        return VAE((5,), 1, hidden_units=(8,), learned_prior=config, **kwargs)

    tiny = Tiny(build, BITS)
    check_resume(tiny)
    model = perturb(tiny(), 0.4)
    edges = np.linspace(-9.0, 9.0, 2001)
    z = ((edges[1:] + edges[:-1]) / 2).astype("float32")[:, None]
    width = edges[1] - edges[0]
    log_prior = np.asarray(model.prior().log_prob(z), "float64")
    np.testing.assert_allclose(np.exp(log_prior).sum() * width, 1.0, atol=1e-3)
    p = np.asarray(model.decode(z), "float64")
    pixels = np.log(p) @ BITS[:3].T + np.log1p(-p) @ (1 - BITS[:3].T)
    truth = special.logsumexp(pixels + log_prior[:, None], axis=0) + np.log(width)
    got = _log_prob(model, BITS[:3], None, 4000)
    np.testing.assert_allclose(got, truth, atol=0.05)
    mean = np.exp(log_prior) @ p * width
    drawn = np.asarray(model.sample(8000, seed=0, mean=True)).mean(axis=0)
    np.testing.assert_allclose(drawn, mean, atol=0.02)
    model.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
    before = [v.numpy() for v in model.learned_prior.trainable_variables]
    model.fit(BITS, verbose=0)
    after = model.learned_prior.trainable_variables
    moved = [np.any(a != b) for a, b in zip(before, after, strict=True)]
    assert len(moved) > 2
    assert np.mean(moved) > 0.7  # a coupling's unread half has no gradient


# === What the loss makes of the rate ===
def _terms(model):
    seed = tf.constant([1, 2])
    return model._step_terms(tf.constant(BITS), None, seed, training=False)


def test_free_bits_are_free_for_each_latent():
    free = perturb(VAE((5,), 2, hidden_units=(8,), free_bits=0.5, seed=0), 0.4)
    mean, stddev = (np.asarray(t, "float64") for t in free.encode(BITS))
    rates = 0.5 * (mean**2 + stddev**2 - 1) - np.log(stddev)
    counted = np.maximum(rates.mean(axis=0), 0.5)
    assert 0.5 in counted, "nothing is free"
    assert counted.max() > 0.5, "all is free"
    terms = _terms(free)
    np.testing.assert_allclose(terms["rate"], rates.sum(axis=1), rtol=1e-4)
    loss = np.asarray(terms["distortion"]) + counted.sum()
    np.testing.assert_allclose(terms["loss"], loss, rtol=1e-4)
    elbo = -np.asarray(terms["distortion"]) - np.asarray(terms["rate"])
    np.testing.assert_allclose(terms["elbo"], elbo, rtol=1e-5)
    plain = VAE((5,), 2, hidden_units=(8,), seed=0)
    plain.set_weights(free.get_weights())
    np.testing.assert_allclose(plain.elbo(BITS), free.elbo(BITS), rtol=1e-6)


def test_a_capacity_is_asked_for():
    model = perturb(
        VAE((5,), 2, hidden_units=(8,), beta=3.0, capacity=2.0, seed=0), 0.4
    )
    terms = _terms(model)
    rate = np.asarray(terms["rate"])
    wanted = np.asarray(terms["distortion"]) + 3.0 * np.abs(rate - 2.0)
    np.testing.assert_allclose(terms["loss"], wanted, rtol=1e-5)
    model.compile(keras.optimizers.Adam(0.02), run_eagerly=True)
    step = tf.function(model.train_step)
    for _ in range(300):
        step(tf.constant(BITS))
    assert abs(float(np.mean(_terms(model)["rate"])) - 2.0) < 0.3


def test_what_does_not_fit():
    levels = {"likelihood": CategoricalLikelihood()}
    check_refused(lambda: VAE((3,), 1, **levels), "num_levels=None")
    check_refused(lambda: VAE((3,), 1, num_levels=4), "num_levels=4")
    bits = {"likelihood": BernoulliLikelihood()}
    check_refused(lambda: VAE((3,), 1, **bits, num_levels=2), "num_levels=2")
    check_refused(lambda: VAE((3,), 1, covariance="round"), "'round'")
    check_refused(lambda: VAE((3,), 2, covariance="full", num_flows=1), "num_flows=1")
    check_refused(lambda: VAE((3,), 2, free_bits=-1.0), "free_bits=-1")
    check_refused(lambda: VAE((3,), 2, free_bits=1.0, capacity=1.0), "capacity=1")
    check_refused(lambda: IWAE((3,), 2, free_bits=1.0), "free_bits")
    full = {"covariance": "full", "gradient": "dreg"}
    check_refused(lambda: IWAE((3,), 2, **full), "covariance=full")
