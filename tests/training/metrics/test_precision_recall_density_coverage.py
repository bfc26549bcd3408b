"""The four shares against the definitions, pair by pair."""

import numpy as np
import pytest

from genkeras.training.metrics import PrecisionRecallDensityCoverage

MODULE = "genkeras.training.metrics.precision_recall_density_coverage"


def by_pairs(real, generated, k):
    def radius(x):
        return [
            sorted(np.linalg.norm(a - b) for j, b in enumerate(x) if j != i)[k - 1]
            for i, a in enumerate(x)
        ]

    apart = np.array([[np.linalg.norm(r - g) for g in generated] for r in real])
    in_real = apart <= np.array(radius(real))[:, None]
    in_generated = apart <= np.array(radius(generated))
    return {
        "precision": in_real.any(axis=0).mean(),
        "recall": in_generated.any(axis=1).mean(),
        "density": in_real.sum() / (k * len(generated)),
        "coverage": in_real.any(axis=1).mean(),
    }


def shares(real, generated, k):
    found = PrecisionRecallDensityCoverage(num_neighbors=k)(real, generated)
    return {name: float(value) for name, value in found.items()}


@pytest.mark.parametrize("k", [1, 4])
def test_agrees_with_the_definitions(k):
    # Sets of two sizes and shapes, so that none of the four shares is 1 or another's.
    rng = np.random.default_rng(0)
    real = rng.normal(size=(60, 3))
    generated = 0.8 * rng.normal(size=(45, 3)) + 1.2
    found = shares(real, generated, k)
    assert found == pytest.approx(by_pairs(real, generated, k), rel=1e-12)
    assert len({round(value, 6) for value in found.values()} | {1.0}) == 5


def test_blocks_of_rows_fit_together(monkeypatch):
    rng = np.random.default_rng(0)
    real, generated = rng.normal(size=(2, 50, 2))
    whole = shares(real, generated, 3)
    monkeypatch.setattr(f"{MODULE}._ROWS", 7)
    assert shares(real, generated, 3) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_rounding_decides_no_tie(offset, monkeypatch):
    # A set and its copy: each ball holds its centre and k neighbors, one at its rim,
    # whose distances are rounded in two ways, as they come in other blocks.
    monkeypatch.setattr(f"{MODULE}._ROWS", 70)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 128)) + offset
    assert shares(x, rng.permutation(x), 4) == pytest.approx(
        {"precision": 1.0, "recall": 1.0, "density": 5 / 4, "coverage": 1.0}
    )


def test_all_samples_alike_are_their_own_neighbors():
    x = np.full([10, 3], 0.3)
    assert set(shares(x, x, 3).values()) >= {1.0}


def test_a_lost_mode_and_a_bad_sample_show_where_they_should():
    rng = np.random.default_rng(0)
    real, other = rng.normal(size=(2, 400, 2)) + 20.0 * rng.integers(
        0, 2, size=(2, 400, 1)
    )
    lost = shares(real, other[other[:, 0] < 10.0], 5)
    assert min(lost["precision"], lost["density"]) > 0.9
    assert max(lost["recall"], lost["coverage"]) < 0.6
    other[:100] = 100.0 + rng.normal(size=(100, 2))  # far off
    bad = shares(real, other, 5)
    assert max(bad["precision"], bad["density"]) < 0.8
    assert min(bad["recall"], bad["coverage"]) > 0.9


def test_equal_distributions_have_the_expectations_of_the_paper():
    # A real sample is not covered if the k nearest of all others are all real.
    n, m, k = 20, 15, 3
    rng = np.random.default_rng(0)
    metric = PrecisionRecallDensityCoverage(num_neighbors=k, max_samples=n)
    found = []
    for _ in range(60):
        metric.reset_state()
        result = metric(rng.normal(size=(n, 2)), rng.normal(size=(m, 2)))
        found.append([float(result["density"]), float(result["coverage"])])
    uncovered = np.prod([(n - i) / (n + m - i) for i in range(1, k + 1)])
    error = np.std(found, axis=0) / np.sqrt(len(found))
    want = np.array([1.0, 1.0 - uncovered])
    assert np.all(error < 0.05)
    assert np.all(np.abs(np.mean(found, axis=0) - want) < 4 * error)


def test_as_many_neighbors_as_samples_are_refused():
    with pytest.raises(ValueError, match="at least 6 samples.*5 real, 9 generated"):
        PrecisionRecallDensityCoverage()(np.zeros([5, 1]), np.zeros([9, 1]))
    with pytest.raises(ValueError, match="num_neighbors=0"):
        PrecisionRecallDensityCoverage(num_neighbors=0)
