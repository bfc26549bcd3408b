"""One variable under a mixture of rounded logistics, against SciPy."""

import numpy as np
import pytest
from scipy import stats

from contracts import check_refused, perturb
from genkeras.training.data import load
from genkeras.zoo import DiscretizedLogisticMixture


def _scipy(model):
    """Probabilities by differences of SciPy's distribution functions."""
    numbers = model.network.table.numpy().astype("float64").reshape(-1, 3)
    weights = np.exp(numbers[:, 0]) / np.exp(numbers[:, 0]).sum()
    half = 0.5 * (model.num_levels - 1)
    loc, scale = half * (numbers[:, 1] + 1.0), half * np.exp(numbers[:, 2])
    edges = np.arange(model.num_levels - 1)[:, None] + 0.5
    below = stats.logistic(loc, scale).cdf(edges) @ weights
    return np.diff(np.concatenate([[0.0], below, [1.0]]))


@pytest.mark.parametrize(("num_levels", "num_components"), [(2, 1), (5, 3), (256, 7)])
def test_probabilities_are_scipys_and_add_up(num_levels, num_components):
    model = DiscretizedLogisticMixture(num_levels, num_components, seed=0)
    for scale in (0.0, 0.5):
        perturb(model, scale)
        p = np.exp(model.log_prob(np.arange(num_levels)[:, None]))
        np.testing.assert_allclose(p, _scipy(model), atol=1e-6)
        np.testing.assert_allclose(p.sum(), 1.0, atol=1e-5)


def test_components_start_apart_and_evenly():
    model = DiscretizedLogisticMixture(101, 4)
    numbers = model.network.table.numpy().reshape(4, 3)
    np.testing.assert_allclose(50.0 * (numbers[:, 1] + 1.0), [12.5, 37.5, 62.5, 87.5])
    p = np.exp(model.log_prob(np.arange(101)[:, None]))
    assert p[1:-1].max() < 3.0 * p[1:-1].min()


@pytest.mark.parametrize("bend", [-50.0, 50.0])
def test_the_gradient_is_finite_at_any_scale(bend):
    model = DiscretizedLogisticMixture(20, 3)
    start = model.network.table.numpy()
    start[:, 2::3] += bend
    model.network.table.assign(start)
    x = load("bell_levels").x["train"]
    model.compile("adam", run_eagerly=True)
    assert np.all(np.isfinite(model.log_prob(x)))
    model.train_step(x)
    assert np.all(np.isfinite(model.network.table))


def test_what_does_not_fit():
    check_refused(lambda: DiscretizedLogisticMixture(1), "num_levels=1")
    check_refused(lambda: DiscretizedLogisticMixture(5, 0), "num_components=0")
    conditional = {"condition_spec": {"num_classes": 2}}
    check_refused(lambda: DiscretizedLogisticMixture(5, **conditional), "condition_")
    model = DiscretizedLogisticMixture(5)
    check_refused(lambda: model.log_prob([[5]]), "0..4")
    check_refused(lambda: model.log_prob([1, 2]), "(2,)")
