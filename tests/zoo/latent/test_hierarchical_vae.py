"""Promises of the ladder of latents."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats

from contracts import check_moves, check_refused, check_sampler, perturb
from contracts.latent import _log_prob
from contracts.models import HIERARCHIES, TINY
from genkeras.zoo import HierarchicalVAE

X = (np.random.default_rng(0).random((12, 5)) > 0.5).astype("float32")


@pytest.mark.parametrize("name", HIERARCHIES)
def test_contract(name):
    tiny = TINY[name]
    model = perturb(tiny(), 0.3)
    mean, stddev = model.encode(tiny.x, tiny.condition)
    sizes = [m.shape[1] for m in mean]
    assert sizes == list(model.latent_sizes[::-1])
    assert all(np.all(s > 0) for s in stddev)
    decoded = model.decode(mean, tiny.condition)
    np.testing.assert_allclose(
        model.reconstruct(tiny.x, tiny.condition), decoded, rtol=1e-5
    )
    line = model.interpolate(tiny.x, tiny.x[::-1], 3, tiny.condition)
    np.testing.assert_allclose(line[:, 0], decoded, rtol=1e-4, atol=1e-6)
    check_sampler(model, tiny.condition)
    model.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
    check_moves(model, lambda m: m.fit(tiny.data(12), verbose=0))


def _normal(z, mean, stddev):
    return stats.norm(np.asarray(mean), np.asarray(stddev)).logpdf(z).sum(axis=-1)


def test_the_elbo_is_that_of_a_draw_by_hand():
    model = perturb(HierarchicalVAE((5,), (3, 2), hidden_units=(8,), seed=0), 0.4)
    q = model.posterior(tf.constant(X))
    z, log_q = q.experimental_sample_and_log_prob(seed=(0, 3))
    top, bottom = (np.asarray(part) for part in z)
    # Moments by NumPy from the networks' outputs.
    up = np.tanh(model.up[0](X)), None
    flat = [np.asarray(model.heads[0](up[0])), None]
    flat[1] = np.asarray(model.heads[1](np.tanh(model.up[1](up[0]))))
    low, high = (
        (m, np.log1p(np.exp(raw + 0.5413)) + 1e-4)
        for m, raw in (np.split(f, 2, axis=1) for f in flat)
    )
    down = np.split(np.asarray(model.down[0](top)), 2, axis=1)
    prior = down[0], np.log1p(np.exp(down[1] + 0.5413)) + 1e-4
    weights = low[1] ** -2.0, prior[1] ** -2.0
    mean = (low[0] * weights[0] + prior[0] * weights[1]) / sum(weights)
    wanted_q = _normal(top, *high) + _normal(bottom, mean, sum(weights) ** -0.5)
    np.testing.assert_allclose(log_q, wanted_q, rtol=1e-4)
    p = special.expit(np.asarray(model.decoder(bottom), "float64"))
    pixels = (X * np.log(p) + (1 - X) * np.log1p(-p)).sum(axis=1)
    joint = pixels + _normal(top, 0.0, np.ones_like(top)) + _normal(bottom, *prior)
    np.testing.assert_allclose(model.elbo(X, seed=3), joint - wanted_q, rtol=1e-4)


def test_the_bound_reaches_the_integral_over_both_latents():
    model = perturb(HierarchicalVAE((5,), (1, 1), hidden_units=(8,), seed=0), 0.4)
    # Wider than the true posterior, or the weights of the draws have no bound.
    for head in model.heads:
        head.mlp.out.kernel.assign(0.1 * head.mlp.out.kernel)
        head.mlp.out.bias.assign([0.2, 2.5])
    edges = np.linspace(-8.0, 8.0, 201)
    middle = ((edges[1:] + edges[:-1]) / 2).astype("float32")
    top, bottom = (t.reshape(-1, 1) for t in np.meshgrid(middle, middle))
    log_prior = np.asarray(model.prior().log_prob([top, bottom]), "float64")
    cell = (edges[1] - edges[0]) ** 2
    np.testing.assert_allclose(np.exp(log_prior).sum() * cell, 1.0, atol=1e-2)
    p = np.asarray(model.decode([top, bottom]), "float64")
    pixels = np.log(p) @ X[:3].T + np.log1p(-p) @ (1 - X[:3].T)
    truth = special.logsumexp(pixels + log_prior[:, None], axis=0) + np.log(cell)
    got = _log_prob(model, X[:3], None, 3000)
    np.testing.assert_allclose(got, truth, atol=0.05)
    mean = np.exp(log_prior) @ p * cell
    drawn = np.asarray(model.sample(8000, seed=0)).mean(axis=0)
    np.testing.assert_allclose(drawn, mean, atol=0.04)


def test_what_does_not_fit():
    check_refused(lambda: HierarchicalVAE((5,), (3,)), "(3,)")
    check_refused(lambda: HierarchicalVAE((5,), num_levels=2), "num_levels")
    model = HierarchicalVAE((5,), (3, 2), hidden_units=(8,))
    check_refused(lambda: model.decode([np.zeros([2, 2])]), "a list")
    check_refused(lambda: model.elbo(2 * X), "0 to 2")
