"""The likeliest tree, against all trees and another library's information."""

import itertools

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from contracts import check_refused
from genkeras.zoo import BayesNet, chow_liu_tree
from genkeras.zoo.autoregressive.chow_liu_tree import _mutual_information

LEVELS = [3, 2, 4, 2]


def _data(count=300):
    rng = np.random.default_rng(0)
    a = rng.integers(0, 3, count)
    b = (rng.random(count) < 0.3 + 0.2 * a).astype(int)
    c = (a + rng.integers(0, 2, count) + b) % 4
    d = np.where(rng.random(count) < 0.8, b, 1 - b)
    return np.stack([a, b, c, d], axis=1)


def _all_trees():
    """The 16 trees over 4 variables, by the parents of 1, 2 and 3."""
    for parents in itertools.product(range(4), repeat=3):
        tree = [(), *((p,) for p in parents)]
        if all(p != i + 1 for i, p in enumerate(parents)) and _reaches_0(tree):
            yield tree


def _reaches_0(tree):
    def top(v, steps=0):
        return v if not tree[v] or steps > 4 else top(tree[v][0], steps + 1)

    return all(top(v) == 0 for v in range(4))


def _log_likelihood(tree, x, pseudo_count=0.0):
    net = BayesNet(tree, num_levels=LEVELS)
    net.fit_counts(x, pseudo_count=pseudo_count)
    return float(np.mean(net.log_prob(x)))


def test_no_tree_is_likelier():
    x, trees = _data(), list(_all_trees())
    assert len(trees) == 16
    found = chow_liu_tree(x, LEVELS, pseudo_count=0.0)
    scores = {tuple(tree): _log_likelihood(tree, x) for tree in trees}
    assert scores[tuple(found)] == max(scores.values())
    assert sorted(scores.values())[-2] < max(scores.values()) - 1e-3


def test_the_information_of_pairs_is_that_of_scikit_learn():
    x = _data()
    got = _mutual_information(x, np.array(LEVELS), 0.0)
    for i, j in itertools.permutations(range(4), 2):
        wanted = mutual_info_score(x[:, i], x[:, j])
        np.testing.assert_allclose(got[i, j], wanted, atol=1e-9)


def test_the_root_does_not_matter():
    """The prior spreads its examples so that edges may point either way."""
    x = _data(20)
    down = [(), (0,), (1,), (1,)]
    up = [(1,), (3,), (1,), ()]
    every = np.stack(list(np.ndindex(*LEVELS)))
    densities = []
    for tree in (down, up):
        net = BayesNet(tree, num_levels=LEVELS)
        net.fit_counts(x, pseudo_count=2.0)
        densities.append(net.log_prob(every))
    np.testing.assert_allclose(*densities, rtol=1e-4)


def test_variables_that_never_change_have_a_place_too():
    x = np.zeros([10, 3], int)
    assert [len(p) for p in chow_liu_tree(x, pseudo_count=0.0)] == [0, 1, 1]
    assert chow_liu_tree(x[:, :1]) == [()]


@pytest.mark.parametrize("dtype", ["uint8", "float32", "bool"])
def test_levels_are_taken_in_any_dtype(dtype):
    x = _data()[:, [1, 3]]
    assert chow_liu_tree(x.astype(dtype)) == [(), (0,)]


def test_what_does_not_fit():
    x = _data()
    check_refused(lambda: chow_liu_tree(x), "from 0 to 3")
    check_refused(lambda: chow_liu_tree(x - 1, 4), "from -1")
    check_refused(lambda: chow_liu_tree(x + 0.5, 8), "0.5")
    check_refused(lambda: chow_liu_tree(x * np.nan, 8), "nan")
    check_refused(lambda: chow_liu_tree(x[0], 4), "(4,)")
    check_refused(lambda: chow_liu_tree(x, 4, pseudo_count=-1.0), "-1.0")
    check_refused(lambda: chow_liu_tree(x, 4000), "16000")
    check_refused(lambda: chow_liu_tree(x, [4, 2]), "[4, 2]")
    check_refused(lambda: chow_liu_tree(x[:0], 4, pseudo_count=0.0), "no example")
