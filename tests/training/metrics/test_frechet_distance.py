"""The distance against SciPy's matrix root, a closed form, and NumPy's two passes."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from genkeras.training.metrics import (
    FrechetDistance,
    frechet_distance,
    gaussian_frechet_distance,
)


def by_scipy(x, y):
    cov_x, cov_y = np.cov(x.T), np.cov(y.T)
    shift = np.sum((x.mean(0) - y.mean(0)) ** 2)
    return shift + np.trace(cov_x + cov_y - 2 * np.real(sqrtm(cov_x @ cov_y)))


@pytest.mark.parametrize("size", [5, 256])
def test_agrees_with_scipys_matrix_root(size):
    rng = np.random.default_rng(0)
    x, y = (
        rng.normal(size=(n, size)) @ rng.normal(size=(size, size)) / np.sqrt(size)
        for n in (400, 500)
    )
    assert frechet_distance(x, y + 1.0) == pytest.approx(by_scipy(x, y + 1.0), rel=1e-9)


def test_few_rows_of_many_numbers_take_the_short_way_to_the_same_number():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 40)), 2.0 * rng.normal(size=(9, 40)) + 1.0
    whole = gaussian_frechet_distance(x.mean(0), np.cov(x.T), y.mean(0), np.cov(y.T))
    assert frechet_distance(x, y) == pytest.approx(whole, rel=1e-9)
    many = rng.normal(size=(2, 20, 20_000))  # a matrix of them would want 3 GB
    assert np.isfinite(frechet_distance(*many))


def test_agrees_with_the_closed_form_of_gaussians_on_common_axes():
    # |m - n|^2 + sum (s - t)^2, in a basis that is turned.
    rng = np.random.default_rng(0)
    basis, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    s, t, m, n = rng.uniform(0.0, 2.0, size=(4, 6))
    s[0] = t[1] = 0.0  # singular, both
    found = gaussian_frechet_distance(
        m, (basis * s**2) @ basis.T, n, (basis * t**2) @ basis.T
    )
    assert found == pytest.approx(np.sum((m - n) ** 2) + np.sum((s - t) ** 2), rel=1e-9)


def test_singular_both_ways_gives_one_number():
    # Rank 1 in 3, on axes that differ: tr of the root is |<a, b>|.
    a, b = np.array([[1.0, 2.0, 2.0], [2.0, -1.0, 0.5]])
    zero = np.zeros(3)
    found = [
        gaussian_frechet_distance(zero, np.outer(x, x), zero, np.outer(y, y))
        for x, y in ((a, b), (b, a))
    ]
    np.testing.assert_allclose(found, a @ a + b @ b - 2 * abs(a @ b), rtol=1e-12)


@pytest.mark.parametrize("offset", [0.0, 1e5])
def test_streams_like_two_passes_however_far_the_mean(offset):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 300, 4)) * [1.0, 2.0, 0.5, 3.0] + offset
    distance = FrechetDistance()
    for batch in np.split(x, [7, 7, 8, 200]):  # one is empty
        distance.update_state(real=batch)
    for batch in np.split(y, [100]):
        distance.update_state(generated=batch)
    want = gaussian_frechet_distance(x.mean(0), np.cov(x.T), y.mean(0), np.cov(y.T))
    assert float(distance.result()) == pytest.approx(want, rel=1e-9)


def test_takes_images_with_constant_pixels():
    x = np.zeros([20, 4, 4, 1])
    x[:, 0, 0, 0] = np.linspace(0, 1, 20)
    assert frechet_distance(x, x) == pytest.approx(0.0, abs=1e-12)


def test_fewer_samples_than_features_add_no_noise():
    x = np.random.default_rng(0).normal(size=(10, 100))
    assert frechet_distance(x, x) == pytest.approx(0.0, abs=1e-10)


def test_one_sample_has_no_covariance():
    with pytest.raises(ValueError, match="at least 2 samples.*1 real, 3 generated"):
        frechet_distance(np.zeros([1, 2]), np.zeros([3, 2]))
