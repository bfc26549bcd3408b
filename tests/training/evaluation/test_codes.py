"""Bounds of models of codes, against sums over every level and every code."""

import math

import numpy as np
import pytest
from scipy import stats

from contracts import perturb
from contracts.models import TINY
from genkeras.training.data import DataSet
from genkeras.training.evaluation import evaluate_codes
from genkeras.zoo import VQVAE, GatedPixelCNN


def _data(x, labels=None):
    labels = {} if labels is None else {"train": labels, "test": labels}
    return DataSet(name="tiny", x={"train": x, "test": x}, labels=labels)


def test_bits_are_bounded_by_the_model_itself():
    tiny = TINY["vqvae_prior"]
    model = perturb(tiny(), 0.3)
    model.compile(run_eagerly=True)
    found = evaluate_codes(model, _data(tiny.x, tiny.condition))
    elbo = np.mean(model.elbo(tiny.x, tiny.condition))
    assert found["test_elbo"] == pytest.approx(elbo, rel=1e-4)
    assert found["test_code_use"] == model.code_use(tiny.x)
    assert "test_bits_per_dim" not in found


def test_levels_are_bounded_by_a_logistic_of_the_likeliest_scale():
    rng = np.random.default_rng(0)
    levels = rng.integers(0, 16, size=(12, 4, 4, 3))
    x = np.float32(levels / 15.0)
    prior = GatedPixelCNN((2, 2, 1), 3, 1, num_levels=6)
    model = VQVAE((4, 4, 3), 6, 3, filters=(4,), prior=prior, error="squared", seed=0)
    model = perturb(model, 0.3)
    model.compile(run_eagerly=True)
    found = evaluate_codes(model, _data(x), num_levels=16)
    codes = model.encode(x).numpy()
    log_prior = model.prior.log_prob(codes[..., None]).numpy()
    loc = 15.0 * model.reconstruct(x).numpy().astype("float64")

    def nats(scale):  # [C]: the sum over pixels of bins, open at both ends
        low = np.where(levels == 0, -np.inf, levels - 0.5)
        high = np.where(levels == 15, np.inf, levels + 0.5)
        p = stats.logistic.cdf(high, loc, scale) - stats.logistic.cdf(low, loc, scale)
        return -np.log(p).sum(axis=(1, 2)).mean(axis=0)

    best = np.min([nats(scale) for scale in np.geomspace(1.0, 50.0, 400)], axis=0)
    wanted = (best.sum() - log_prior.mean()) / (48 * math.log(2.0))
    assert found["test_bits_per_dim"] == pytest.approx(wanted, rel=2e-3)


def test_without_a_prior_there_is_no_bound():
    tiny = TINY["vqvae"]
    model = tiny()
    model.compile(run_eagerly=True)
    found = evaluate_codes(model, _data(tiny.x))
    assert not {"test_elbo", "test_bits_per_dim", "test_code_nll"} & set(found)
