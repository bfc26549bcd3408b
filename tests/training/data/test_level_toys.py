"""Sets of one variable, and continuous data that is cut into levels."""

import math

import numpy as np
import pytest
from scipy import stats

from genkeras.training.data import DataError, load, with_levels
from genkeras.training.pictures import draw_density


def _shares(data):
    every = np.concatenate(list(data.x.values()))[:, 0]
    return np.bincount(every, minlength=data.num_levels) / len(every), len(every)


def _of_bins(cdf, num_levels):
    """What falls between the edges at 0, 1 / (L - 1), ..; the last holds the rest."""
    edges = np.linspace(0.0, 1.0, num_levels)[:-1]
    return np.diff(np.concatenate([[0.0], cdf(edges), [1.0]]))


DENSITIES = {
    "bell_levels": lambda x: stats.norm(0.2, 0.2).cdf(x),
    "peaks_levels": lambda x: np.mean(
        [stats.norm(*p).cdf(x) for p in ((0.4, 0.05), (0.5, 0.1), (0.7, 0.02))], axis=0
    ),
}


@pytest.mark.parametrize("name", DENSITIES)
def test_levels_are_as_frequent_as_the_density_says(name):
    data = load(name)
    shares, count = _shares(data)
    p = _of_bins(DENSITIES[name], data.num_levels)
    error = np.sqrt(p * (1 - p) / count)
    assert np.all(np.abs(shares - p) < 5 * error + 1.0 / count)
    assert len(data.x["train"]) == 4 * len(data.x["test"])


def test_the_density_of_the_bell_scores_what_the_course_has():
    """The best nll of its test split is 2.540 nats."""
    data = load("bell_levels")
    p = _of_bins(DENSITIES["bell_levels"], 20)
    assert -np.log(p[data.x["test"]]).mean() == pytest.approx(2.540, abs=1e-3)


def test_the_sets_are_fixed():
    for name in DENSITIES:
        first, second = load(name, seed=0), load(name, seed=5, num_samples=7)
        assert first.digest() == second.digest()


# === Continuous data ===
def test_levels_are_cells_of_one_width():
    data = load("moons", num_samples=2000)
    cut = with_levels(data, 50)
    assert cut.num_levels == 50
    x, levels = data.x["train"], cut.x["train"].astype(float)
    inner = np.all((levels > 0) & (levels < 49), axis=1)
    width = math.exp((data.entropy - cut.entropy) / 2)
    offset = x[inner] - width * levels[inner]
    assert offset.max() - offset.min() == pytest.approx(width, rel=0.01)


def test_the_entropy_of_levels_is_just_above_the_one_given():
    cut = with_levels(load("moons", num_samples=400_000), 40)
    shares = np.zeros([40, 40])
    np.add.at(shares, tuple(cut.x["train"].T), 1.0 / len(cut.x["train"]))
    entropy = -np.sum(shares * np.log(np.where(shares > 0, shares, 1.0)))
    # A bound, as far below as the density changes within a cell.
    assert cut.entropy < entropy < cut.entropy + 0.08


def test_pairs_of_levels_are_drawn_cell_by_cell():
    cut = with_levels(load("moons", num_samples=100), 6)
    assert (cut.picture.low, cut.picture.high) == (-0.5, 5.5)
    seen = []
    draw_density(lambda x: seen.append(x) or -x[:, 0], cut.picture, cut.num_levels)
    every = np.stack(np.meshgrid(range(6), range(6)), axis=-1).reshape(-1, 2)
    np.testing.assert_array_equal(seen[0], every)


def test_many_levels_take_a_wider_dtype():
    cut = with_levels(load("moons", num_samples=100), 1000)
    assert cut.x["train"].dtype == "int32"
    assert cut.x["train"].max() > 255


@pytest.mark.parametrize(("name", "num_levels"), [("digits", 5), ("moons", 1)])
def test_what_does_not_fit(name, num_levels):
    data = load(name, num_samples=100)
    with pytest.raises(DataError, match=f"num_levels={num_levels}"):
        with_levels(data, num_levels)
