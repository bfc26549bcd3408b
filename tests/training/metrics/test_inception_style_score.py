"""The score against SciPy's relative entropy, and its two ends."""

import numpy as np
import pytest
from scipy.stats import entropy

from genkeras.training.metrics import InceptionStyleScore


def score(probabilities, **options):
    found = InceptionStyleScore(**options)(probabilities)
    return tuple(float(value) for value in found.values())


def test_agrees_with_scipys_relative_entropy():
    p = np.random.default_rng(0).dirichlet([0.3] * 5, size=50)
    p[3] = [0, 0, 1, 0, 0]
    parts = [p[i::4] for i in range(4)]
    each = [np.exp(np.mean([entropy(q, part.mean(0)) for q in part])) for part in parts]
    mean, stddev = score(p, num_splits=4)
    assert mean == pytest.approx(np.mean(each), rel=1e-9)
    assert stddev == pytest.approx(np.std(each), rel=1e-9)


def test_is_one_where_no_sample_differs():
    assert score(np.full([20, 4], 0.25)) == pytest.approx((1.0, 0.0), abs=1e-9)
    assert score(np.tile(np.eye(4)[1], [20, 1])) == pytest.approx((1, 0), abs=1e-9)


def test_samples_in_the_order_of_their_classes_do_no_harm():
    sorted_ones = np.repeat(np.eye(4), 25, axis=0)
    assert score(sorted_ones, num_splits=5) == pytest.approx((4.0, 0.0), abs=1e-9)


def test_logits_are_refused():
    with pytest.raises(ValueError, match="a lowest of -2"):
        score(np.array([[3.0, -2.0]]))
    with pytest.raises(ValueError, match="a sum 1 off"):
        score(np.array([[1.0, 1.0]]))


def test_fewer_samples_than_splits_are_refused():
    with pytest.raises(ValueError, match="at least 10 samples.*9 generated"):
        score(np.eye(9))
    with pytest.raises(ValueError, match="num_splits=0"):
        InceptionStyleScore(num_splits=0)
