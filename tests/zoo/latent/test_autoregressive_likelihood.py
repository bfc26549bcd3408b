"""Promises of a likelihood whose pixels see those before them."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats

from contracts import check_refused, check_resume, check_sampler, perturb
from contracts.latent import _log_prob
from contracts.models import Tiny
from genkeras.layers import CategoricalHead
from genkeras.zoo import VAE, AutoregressiveLikelihood

SHAPE = (2, 3, 1)
EVERY = np.array(list(itertools.product([0, 1], repeat=6)), "float32")
EVERY = EVERY.reshape(-1, *SHAPE)
Z = np.array([[0.7], [-1.0]], "float32")


def _vae(levels=None, latent_size=1, **kwargs):
    keras.utils.set_random_seed(3)
    head, extra = None, {}
    if levels:
        head, extra = CategoricalHead(levels), {"num_levels": levels}
    pixels = AutoregressiveLikelihood(head, filters=4, num_blocks=1, kernel_size=3)
    kwargs = {"seed": 0, "hidden_units": (6,), **extra, **kwargs}
    return VAE(SHAPE, latent_size, likelihood=pixels, **kwargs)


@pytest.fixture(scope="module")
def model():
    model = perturb(_vae(), 0.5)
    # A posterior wider than the true one keeps the weights of the draws bounded.
    out = model.encoder.mlp.out
    out.kernel.assign(0.1 * out.kernel)
    out.bias.assign([0.2, 1.3])
    return model


def test_probabilities_of_all_images_add_up_and_pixels_depend(model):
    p = model.likelihood(Z)
    assert (p.batch_shape, p.event_shape) == ((2,), SHAPE)
    # Row i of what is scored belongs to member i mod 2 of the batch.
    table = np.exp(p.log_prob(np.repeat(EVERY[:, None], 2, axis=1)).numpy())
    np.testing.assert_allclose(table.sum(axis=0), 1.0, atol=1e-5)
    assert np.abs(table[:, 0] - table[:, 1]).max() > 1e-3  # the latent matters
    bits = EVERY.reshape(64, 6)
    alone = table[:, 0] @ bits
    independent = np.prod(np.where(bits == 1, alone, 1 - alone), axis=1)
    assert np.abs(independent - table[:, 0]).max() > 1e-3  # so do the other pixels


def test_draws_follow_the_probabilities(model):
    count = 20_000
    drawn = model.likelihood(np.repeat(Z[:1], count, axis=0)).sample(seed=(0, 5))
    index = np.asarray(drawn).reshape(count, 6) @ 2 ** np.arange(6)[::-1]
    counts = np.bincount(index.astype(int), minlength=64)
    p = np.exp(model.likelihood(np.repeat(Z[:1], 64, axis=0)).log_prob(EVERY).numpy())
    error = np.sqrt(count * p * (1 - p)) + 1e-3
    assert np.max(np.abs(counts - count * p) / error) < 5.0


def test_a_pixel_sees_those_before_it_alone(model):
    network, flat = model.likelihood_family.network, EVERY[0].reshape(1, 6)
    before = network(flat.reshape(1, *SHAPE)).numpy().reshape(6, -1)
    for i in range(6):
        changed = flat.copy()
        changed[0, i] += 1.0
        after = network(changed.reshape(1, *SHAPE)).numpy().reshape(6, -1)
        moved = (after != before).any(axis=1)
        assert not moved[: i + 1].any()
        assert moved[i + 1 :].any() == (i < 5)


def test_the_bound_reaches_the_integral_over_the_latent(model):
    edges = np.linspace(-7.0, 7.0, 801)
    z = ((edges[1:] + edges[:-1]) / 2).astype("float32")[:, None]
    x = EVERY[[5, 42]]
    likelihood = np.stack(
        [model.likelihood(z).log_prob(np.repeat(row[None], 800, 0)) for row in x]
    )
    joint = likelihood + stats.norm.logpdf(z[:, 0])
    truth = special.logsumexp(joint, axis=1) + np.log(edges[1] - edges[0])
    np.testing.assert_allclose(_log_prob(model, x, None, 3000), truth, atol=0.05)


@pytest.mark.parametrize("levels", [pytest.param(None, marks=pytest.mark.slow), 3])
def test_it_is_saved_drawn_and_trained(levels):
    x = EVERY[::6] if levels is None else EVERY[::6].astype(int) * 2
    tiny = Tiny(lambda **kwargs: _vae(levels, **kwargs), x)
    check_resume(tiny)
    model = tiny()
    check_sampler(model)
    np.testing.assert_array_equal(model.reconstruct(x), model.reconstruct(x))


def test_what_the_pixels_tell_of_each_other_needs_no_latent():
    rng = np.random.default_rng(0)
    x = np.repeat(rng.integers(0, 2, size=(400, 1)), 6, axis=1)  # all pixels alike
    x = x.astype("float32").reshape(-1, *SHAPE)
    model = _vae(beta=10.0)  # so dear that the latent is left alone
    model.compile(keras.optimizers.Adam(0.02), run_eagerly=True)
    step = tf.function(model.train_step)
    for _ in range(250):
        step(tf.constant(x))
    logs = model.evaluate(x, batch_size=400, verbose=0)
    assert logs["rate"] < 0.1
    assert -logs["elbo"] < np.log(2.0) + 0.15  # of independent pixels 6 log 2


def test_what_does_not_fit():
    pixels = AutoregressiveLikelihood()
    check_refused(lambda: VAE((5,), 1, likelihood=pixels), "(5,)")
    pixels = AutoregressiveLikelihood(CategoricalHead(3))
    check_refused(lambda: VAE(SHAPE, 1, likelihood=pixels, num_levels=4), "levels=4")
    check_refused(lambda: VAE(SHAPE, 1, likelihood=pixels), "num_levels=None")
