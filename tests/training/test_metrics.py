"""Distances and counts against closed forms."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from genkeras.training.metrics import frechet_distance, mode_coverage
from genkeras.training.toys import TOYS


def test_frechet_distance_agrees_with_scipys_matrix_root():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 5)) @ rng.normal(size=(5, 5))
    y = rng.normal(size=(300, 5)) @ rng.normal(size=(5, 5)) + 1.0
    cov_x, cov_y = np.cov(x.T), np.cov(y.T)
    shift = np.sum((x.mean(0) - y.mean(0)) ** 2)
    want = shift + np.trace(cov_x + cov_y - 2 * np.real(sqrtm(cov_x @ cov_y)))
    assert frechet_distance(x, y) == pytest.approx(want, rel=1e-8)


def test_frechet_distance_takes_images_with_constant_pixels():
    x = np.zeros([20, 4, 4, 1])
    x[:, 0, 0, 0] = np.linspace(0, 1, 20)
    assert frechet_distance(x, x) == pytest.approx(0.0, abs=1e-9)


def test_real_samples_cover_all_modes():
    toy = TOYS["ring"]
    found = mode_coverage(toy.draw(20_000, np.random.default_rng(0)), toy)
    assert found["modes"] == 8
    # In two dimensions, 1 - exp(-9/2) of a Gaussian is within 3 deviations.
    assert found["share_within_3_stddev"] == pytest.approx(1 - np.exp(-4.5), abs=0.005)
    assert found["reverse_kl"] < 1e-3


def test_a_collapse_shows():
    toy = TOYS["ring"]
    samples = np.repeat(toy.modes[:2], 5000, axis=0)
    samples[0] = toy.modes[5]  # a stray hit covers no mode
    found = mode_coverage(samples, toy)
    assert found["modes"] == 2
    assert found["reverse_kl"] == pytest.approx(np.log(4), abs=1e-2)
