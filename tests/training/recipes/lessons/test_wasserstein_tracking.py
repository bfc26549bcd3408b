"""Whether one curve falls as the other does."""

import numpy as np
import pytest
import scipy.stats

from genkeras.training import recipes

recipe = recipes.load("wasserstein_tracking")


@pytest.mark.parametrize("num_values", [4, 1000])  # with ties, and nearly without
def test_the_rank_correlation_is_spearman_s(num_values):
    rng = np.random.default_rng(0)
    x = rng.integers(num_values, size=30)
    y = x + rng.integers(num_values, size=30)
    want = scipy.stats.spearmanr(x, y).statistic
    assert recipe.rank_correlation(x, y) == pytest.approx(want, rel=1e-12)
    assert recipe.rank_correlation(x, -y) == pytest.approx(-want, rel=1e-12)


def test_a_constant_has_none():
    assert np.isnan(recipe.rank_correlation([1.0, 2.0], [3.0, 3.0]))


@pytest.mark.slow
def test_the_critic_s_estimate_falls_as_the_distance_does(tmp_path):
    metrics = recipe.train(recipe.Config(), tmp_path / "run", verbose=0)
    assert metrics["rank_correlation"] >= 0.8
    assert metrics["last_sliced_wasserstein"] < 0.2  # from 1.4
