"""A VAE's posterior of an inverse autoregressive flow, against outside oracles."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats

from contracts import perturb
from contracts.basics import autodiff_log_det, fresh
from genkeras.layers import MaskedMLP
from genkeras.layers.flows import masked_autoregressive
from genkeras.zoo import VAE

BITS = (np.random.default_rng(0).random((6, 5)) > 0.5).astype("float32")


def make(scale, latent_size=3, num_flows=2, **options):
    keras.utils.set_random_seed(1)
    options = {"hidden_units": (8,), "flow_units": (8,), "context_size": 3, **options}
    model = VAE((5,), latent_size, num_flows=num_flows, seed=0, **options)
    return perturb(model, scale)


def test_a_draw_brings_its_density():
    model = make(0.3)
    q = model.posterior(BITS)
    z, log_q = q.experimental_sample_and_log_prob(seed=(0, 1))
    start = q.distribution.sample(seed=(0, 1))
    np.testing.assert_array_equal(q.bijector.forward(start), z)
    mean, stddev = q.distribution.mean(), q.distribution.stddev()
    wanted = stats.norm(mean, stddev).logpdf(start).sum(axis=1)
    wanted -= autodiff_log_det(q.bijector, start, event_ndims=1)
    np.testing.assert_allclose(log_q, wanted, atol=1e-5)
    # And through the sequential inverse, of a point it has not drawn.
    np.testing.assert_allclose(
        model.posterior(BITS).log_prob(fresh(z)), wanted, atol=1e-4
    )


def test_starts_as_the_normal_posterior():
    model = make(0.0)
    q = model.posterior(BITS)
    start = q.distribution
    z, log_q = q.experimental_sample_and_log_prob(seed=(0, 1))
    np.testing.assert_array_equal(z, start.sample(seed=(0, 1)))
    np.testing.assert_allclose(log_q, start.log_prob(z), atol=1e-5)
    mean, stddev = model.encode(BITS)
    np.testing.assert_allclose(mean, start.mean(), atol=1e-6)
    np.testing.assert_allclose(stddev, start.stddev(), atol=1e-6)


def test_the_rate_starts_as_that_of_the_normal_posterior():
    model = make(0.0)
    q = model.posterior(np.repeat(BITS, 2000, axis=0))
    rates = model._rate(q, *q.experimental_sample_and_log_prob(seed=(0, 2)))
    rates = tf.reshape(rates, [6, 2000])
    closed = model.posterior(BITS).distribution.kl_divergence(model.prior())
    error = np.std(rates, axis=1) / np.sqrt(2000)
    np.testing.assert_array_less(np.abs(np.mean(rates, axis=1) - closed), 5 * error)


def test_the_first_step_sees_the_latents_before_and_the_second_those_after():
    for num_flows, sees in [(1, np.tri(3)), (2, np.ones([3, 3]))]:
        bijector = make(0.5, num_flows=num_flows).posterior(BITS[:1]).bijector
        z = tf.ones([1, 3])
        with tf.GradientTape() as tape:
            tape.watch(z)
            moved = bijector.forward(z)
        jacobian = tape.batch_jacobian(moved, z)[0]
        np.testing.assert_array_equal(np.abs(jacobian) > 1e-6, sees > 0)


def test_every_step_sees_the_data():
    model = make(0.5)
    kernels = [step.made.context.kernel for step in model.flow.layers]
    with tf.GradientTape() as tape:
        first, second = model.posterior(BITS[:2]).bijector.forward(tf.ones([2, 3]))
        apart = tf.reduce_sum((first - second) ** 2)
    for gradient in tape.gradient(apart, [kernel.value for kernel in kernels]):
        assert gradient.shape == (3, 8)
        assert np.abs(gradient).max() > 1e-4


@pytest.fixture
def passes(monkeypatch):
    """Counts passes of the networks; a sequential inverse is an error."""

    def solve(*_):
        raise AssertionError("the flow is inverted")

    monkeypatch.setattr(masked_autoregressive, "autoregressive_solve", solve)
    counted, call = [], MaskedMLP.call
    monkeypatch.setattr(
        MaskedMLP, "call", lambda self, *args: counted.append(self) or call(self, *args)
    )
    return counted


def test_neither_training_nor_a_bound_inverts_the_flow(passes):
    model = make(0.3)
    model.compile("adam", run_eagerly=True)
    for run, draws in [
        (lambda: model.fit(BITS, batch_size=6, verbose=0), 1),
        (lambda: model.elbo(BITS), 1),
        (lambda: model.log_prob(BITS, num_samples=3), 3),
        (lambda: model.encode(BITS), 1),
        (lambda: model.reconstruct(BITS), 1),
    ]:
        passes.clear()
        run()
        assert len(passes) == 2 * draws, "not one pass of each network a draw"


def test_the_bounds_are_those_of_the_integrals():
    """By quadrature over 2 latents: of q, of the bound under it, and of p(x)."""
    model = make(0.7, latent_size=2)
    # A posterior wider than the true one keeps the weights of the draws bounded.
    out = model.encoder.mlp.out
    out.kernel.assign(0.3 * out.kernel)
    out.bias.assign([0.2, -0.1, 1.5, 1.5, 0.5, -0.5, 0.3])
    edges = np.linspace(-14.0, 14.0, 281)
    middles, cell = (edges[1:] + edges[:-1]) / 2, (edges[1] - edges[0]) ** 2
    z = np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)
    z = z.astype("float32")
    x = BITS[:3]
    p = np.asarray(model.decode(z), "float64")[:, None]  # [N, 1, D]
    log_joint = (special.xlogy(x, p) + special.xlog1py(1 - x, -p)).sum(axis=-1)
    log_joint += stats.norm.logpdf(z).sum(axis=1)[:, None]  # [N, B]
    each = np.repeat(z[:, None], len(x), axis=1)
    log_q = np.asarray(model.posterior(x).log_prob(each), "float64")  # [N, B]
    q = np.exp(log_q)
    np.testing.assert_allclose(q.sum(axis=0) * cell, 1.0, atol=2e-3)

    elbo = (q * (log_joint - log_q)).sum(axis=0) * cell
    draws = model.elbo(np.repeat(x, 2000, axis=0), seed=1).numpy().reshape(3, 2000)
    error = draws.std(axis=1) / np.sqrt(2000)
    np.testing.assert_array_less(np.abs(draws.mean(axis=1) - elbo), 5 * error + 2e-3)

    truth = special.logsumexp(log_joint, axis=0) + np.log(cell)
    many = np.repeat(x, 8, axis=0)
    bound = tf.function(lambda: model.log_prob(many, num_samples=1000))
    bounds = bound().numpy().reshape(3, 8)
    error = bounds.std(axis=1) / np.sqrt(8)
    np.testing.assert_array_less(np.abs(bounds.mean(axis=1) - truth), 5 * error + 2e-3)
    assert np.all(error < 0.03)
    assert np.all(elbo < truth - 0.2)

    # The moments of `encode` are those of q.
    mean = (q[..., None] * z[:, None]).sum(axis=0) * cell
    square = (q[..., None] * z[:, None] ** 2).sum(axis=0) * cell
    stddev = np.sqrt(square - mean**2)
    got = model.encode(x)
    np.testing.assert_allclose(got[0], mean, atol=0.1 * stddev.max())
    np.testing.assert_allclose(got[1], stddev, rtol=0.1)
