"""Scores of sequences, and the baselines beside them."""

import numpy as np
import pytest
from scipy.stats import norm

from genkeras.training.data import load_text, mu_law_levels, mu_law_wave
from genkeras.training.evaluation import evaluate_text, histogram_bits, linear_bits
from genkeras.zoo import CharRNN


def test_a_histogram_costs_its_entropy():
    levels = np.repeat([3, 9], [3000, 1000])[None]
    entropy = -(0.75 * np.log2(0.75) + 0.25 * np.log2(0.25))
    assert histogram_bits(levels, levels) == pytest.approx(entropy, abs=0.1)


def test_a_linear_prediction_finds_what_made_the_wave():
    """Of an autoregressive process the best prediction leaves its own noise."""
    rng = np.random.default_rng(0)
    waves = np.zeros([20, 2000])
    noise = 0.01 * rng.normal(size=waves.shape)
    for t in range(1, 2000):
        waves[:, t] = 0.95 * waves[:, t - 1] + noise[:, t]
    levels = mu_law_levels(waves)
    bits = linear_bits(levels[:15], levels[15:], order=4)
    # By hand, with the true coefficient, and the noise of the levels in the variance.
    wave = mu_law_wave(levels)
    mean = 0.95 * wave[15:, :-1]
    stddev = np.std(wave[:15, 1:] - 0.95 * wave[:15, :-1])
    edges = mu_law_wave(np.arange(257) - 0.5)
    now = levels[15:, 1:].astype(int)
    p = norm.cdf(edges[now + 1], mean, stddev) - norm.cdf(edges[now], mean, stddev)
    assert bits == pytest.approx(-np.mean(np.log2(p)), abs=0.02)


def test_a_text_is_scored_whole():
    data = load_text("counting", length=16)
    model = CharRNN(data.vocabulary, 16, units=4, num_layers=1)
    metrics = evaluate_text(model, data)
    chars = len(data.texts["test"])
    nll = -model.text_log_prob(data.texts["test"]).numpy()
    assert len(nll) == chars
    assert metrics["test_nll_per_char"] == pytest.approx(nll.mean(), rel=1e-5)
    assert metrics["test_bits_per_char"] == pytest.approx(nll.mean() / np.log(2.0))
