"""The estimate against sums over all pairs, and its promises against many draws."""

import itertools

import numpy as np
import pytest

from genkeras.training.metrics import KernelDistance


def by_pairs(x, y):
    def kernel(a, b):
        return (a @ b / len(a) + 1) ** 3

    same = [
        np.mean([kernel(a, b) for a, b in itertools.permutations(z, 2)]) for z in (x, y)
    ]
    return sum(same) - 2 * np.mean([kernel(a, b) for a in x for b in y])


def distance(x, y, **options):
    found = KernelDistance(**options)(x, y)
    return tuple(float(value) for value in found.values())


def test_one_subset_agrees_with_sums_over_all_pairs():
    x, y = np.random.default_rng(0).normal(size=(2, 30, 3))
    found, error = distance(x, y[:20] + 0.5)
    assert found == pytest.approx(by_pairs(x, y[:20] + 0.5), rel=1e-9)
    assert np.isnan(error)


def test_subsets_are_a_shuffled_partition():
    x, y = np.random.default_rng(0).normal(size=(2, 41, 3))
    found, error = distance(x, y, subset_size=10, seed=3)
    rng = np.random.default_rng(3)
    x, y = rng.permutation(x), rng.permutation(y)
    cuts = [11, 21, 31]  # 41 in 4 subsets
    each = [
        by_pairs(a, b)
        for a, b in zip(np.split(x, cuts), np.split(y, cuts), strict=True)
    ]
    assert found == pytest.approx(np.mean(each), rel=1e-9)
    assert error == pytest.approx(np.std(each, ddof=1) / 2, rel=1e-9)


def test_is_unbiased_and_knows_its_error():
    rng = np.random.default_rng(0)
    found = np.array(
        [
            distance(*rng.normal(size=(2, 200, 2)), subset_size=20, seed=i)
            for i in range(60)
        ]
    )
    means, errors = found.T
    # Counting a sample with itself would add about 2 / 20 of a kernel of 20.
    assert abs(means.mean()) < 4 * means.std() / np.sqrt(60)
    assert errors.mean() == pytest.approx(means.std(), rel=0.3)


def test_sorted_data_does_no_harm():
    x, y = np.random.default_rng(0).normal(size=(2, 400, 1))
    found, error = distance(np.sort(x, axis=0), y, subset_size=50)
    assert abs(found) < 4 * error
    # Uncut from its order, each subset would be far from the others.
    assert error < 2 * distance(x, y, subset_size=50)[1]


def test_a_subset_of_one_is_refused():
    with pytest.raises(ValueError, match="subset_size=1"):
        KernelDistance(subset_size=1)
