"""The distance on a line against SciPy, and in space against a closed form."""

import math

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from genkeras.training.metrics import SlicedWasserstein


def distance(x, y, **options):
    return float(SlicedWasserstein(**options)(x, y))


@pytest.mark.parametrize("counts", [(50, 50), (50, 35), (7, 64)])
def test_agrees_with_scipy_on_a_line(counts):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=counts[0]), rng.exponential(size=counts[1])
    found = distance(x, y, num_projections=2)
    assert found == pytest.approx(wasserstein_distance(x, y), rel=1e-9)


def test_agrees_with_scipy_along_each_direction():
    x, y = np.random.default_rng(0).normal(size=(2, 40, 3)) * [[[1.0]], [[2.0]]]
    directions = np.random.default_rng(5).normal(size=(3, 4))
    directions /= np.linalg.norm(directions, axis=0)
    each = [wasserstein_distance(x @ v, y @ v) for v in directions.T]
    found = distance(x, y, num_projections=4, seed=5)
    assert found == pytest.approx(np.mean(each), rel=1e-9)


@pytest.mark.parametrize("order", [1, 2])
def test_a_shift_costs_its_mean_length_along_a_direction(order):
    # On the plane E|cos| = 2 / pi and E cos^2 = 1 / 2.
    x = np.random.default_rng(0).normal(size=(30, 2))
    options = {"num_projections": 20_000, "max_samples": 30}
    found = distance(x, x + [3.0, 4.0], order=order, **options)
    want = {1: 5.0 * 2.0 / math.pi, 2: 5.0 * math.sqrt(0.5)}[order]
    assert found == pytest.approx(want, rel=0.01)


def test_without_a_direction_or_an_order_it_is_refused():
    with pytest.raises(ValueError, match="num_projections=0"):
        SlicedWasserstein(num_projections=0)
    with pytest.raises(ValueError, match="order=0"):
        SlicedWasserstein(order=0)
