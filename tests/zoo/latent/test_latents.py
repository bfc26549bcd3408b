"""Promises of every model with a latent variable."""

import keras
import numpy as np
import pytest

from contracts import (
    check_bound_by_quadrature,
    check_latent,
    check_moves,
    check_sampler,
    perturb,
)
from contracts.models import LATENTS, TINY, sweep


@pytest.mark.parametrize("name", sweep(LATENTS))
def test_contract(name):
    tiny = TINY[name]
    model = perturb(tiny(), 0.3)
    check_latent(model, tiny.x, tiny.condition)
    check_sampler(model, tiny.condition)
    model.compile(keras.optimizers.SGD(0.1), jit_compile=False)
    check_moves(model, lambda m: m.fit(tiny.data(12), verbose=0))


def test_the_bound_tightens_up_to_the_integral():
    tiny = TINY["vae"]
    model = perturb(tiny(), 0.5)
    # A posterior wider than the true one keeps the weights of the draws bounded.
    out = model.encoder.mlp.out
    out.kernel.assign(0.1 * out.kernel)
    out.bias.assign([0.2, 1.3])
    check_bound_by_quadrature(model, tiny.x[:4])


def test_samples_average_to_the_decoded_prior():
    model = perturb(TINY["vae"](), 0.5)
    z = np.random.default_rng(0).normal(size=(4000, 1))
    wanted = np.mean(model.decode(z), axis=0)
    x = model.sample(4000, seed=0).numpy()
    assert set(np.unique(x)) == {0.0, 1.0}
    np.testing.assert_allclose(x.mean(axis=0), wanted, atol=0.05)
    means = model.sample(4000, seed=0, mean=True)
    np.testing.assert_allclose(np.mean(means, axis=0), wanted, atol=0.03)
