"""The score of codes that are known."""

import numpy as np
import pytest

from genkeras.training.metrics import higgins_score


def _draw(count, rng):
    return rng.uniform(-1.0, 1.0, size=(count, 4))


def _score(encode, **kwargs):
    return higgins_score(encode, _draw, lambda f: f, (0, 1, 2, 3), **kwargs)


def test_a_latent_for_each_factor_scores_all_and_noise_nothing():
    assert _score(lambda x: x[:, [2, 0, 3, 1]] * [1.0, 5.0, 0.1, 2.0]) > 0.98
    rng = np.random.default_rng(0)
    noise = _score(lambda x: rng.normal(size=x.shape))
    assert noise == pytest.approx(0.25, abs=5 * np.sqrt(0.25 * 0.75 / 300))


def test_a_mixed_code_scores_less_and_a_missing_factor_what_it_is_worth():
    angle = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2
    assert _score(lambda x: x @ angle) < 0.6
    assert 0.6 < _score(lambda x: x * [1.0, 1.0, 0.0, 0.0]) < 0.9
