"""Counts of modes against what was put in."""

import numpy as np
import pytest
from scipy.stats import entropy

from genkeras.training.data import TOYS
from genkeras.training.metrics import ModeCoverage, mode_coverage, stacked_modes


def coverage(*batch, num_modes, **options):
    found = ModeCoverage(num_modes, **options)(*batch)
    return {name: float(value) for name, value in found.items()}


def test_real_samples_cover_all_modes():
    toy = TOYS["ring"]
    found = mode_coverage(toy.draw(20_000, np.random.default_rng(0)), toy)
    assert found["modes"] == 8
    # In two dimensions, 1 - exp(-9/2) of a Gaussian is within 3 deviations.
    assert found["share_within_3_stddev"] == pytest.approx(1 - np.exp(-4.5), abs=0.005)
    assert found["reverse_kl"] < 1e-3


def test_a_collapse_shows():
    toy = TOYS["ring"]
    samples = np.repeat(toy.modes[:2], 5000, axis=0)
    samples[0] = toy.modes[5]  # a stray hit covers no mode
    found = mode_coverage(samples, toy)
    assert found["modes"] == 2
    assert found["reverse_kl"] == pytest.approx(np.log(4), abs=1e-2)


def test_a_thousandth_covers_and_less_does_not():
    modes = np.r_[np.zeros(24_950, int), np.full(25, 1), np.full(24, 2), [3]]
    assert coverage(modes, num_modes=5, min_share=0.001)["modes"] == 2
    assert coverage(modes, num_modes=5)["modes"] == 4


def test_bad_samples_are_of_a_mode_but_cover_none():
    modes = np.array([0, 0, 1, 1, 1, 2])
    good = np.array([True, False, True, True, True, False])
    found = coverage(modes, good, num_modes=4)
    kl = entropy([2 / 6, 3 / 6, 1 / 6, 0], [1 / 4] * 4)
    want = {"modes": 2, "high_quality_share": 4 / 6, "reverse_kl": kl}
    assert found == pytest.approx(want)


def test_batches_add_up_and_a_reset_forgets():
    modes = np.random.default_rng(0).integers(0, 7, size=100)
    streamed = ModeCoverage(7)
    streamed.update_state([0])
    streamed.reset_state()
    for batch in np.split(modes, [3, 3, 60]):
        streamed.update_state(batch)
    found = {name: float(value) for name, value in streamed.result().items()}
    assert found == pytest.approx(coverage(modes, num_modes=7))


def test_three_digits_are_one_of_a_thousand_modes():
    digits = np.random.default_rng(0).integers(0, 10, size=(50, 3))
    images = np.broadcast_to(digits[:, None, None] / 10, [50, 4, 4, 3])
    rounded = stacked_modes(
        images, lambda x: np.eye(10)[np.rint(10 * x[:, 0, 0, 0]).astype(int)]
    )
    np.testing.assert_array_equal(rounded, digits @ [100, 10, 1])


def test_the_divergence_of_26000_uniform_samples_is_the_known_bias():
    # That many are the rule for stacked MNIST: (K - 1) / 2N = 0.0192 at the least.
    modes = np.random.default_rng(0).integers(0, 1000, size=26_000)
    found = coverage(modes, num_modes=1000)
    assert found["modes"] == 1000
    assert found["reverse_kl"] == pytest.approx(999 / 52_000, rel=0.15)


def test_modes_that_are_none_are_refused():
    with pytest.raises(ValueError, match="0..3. Received: modes from -1 to 4"):
        ModeCoverage(4).update_state([-1, 4])
    with pytest.raises(ValueError, match="no samples"):
        ModeCoverage(4).result()
    with pytest.raises(ValueError, match="num_modes=0"):
        ModeCoverage(0)
    with pytest.raises(ValueError, match="min_share=2"):
        ModeCoverage(3, min_share=2)


def test_a_config_makes_it_again():
    made = ModeCoverage(5, min_share=0.25, name="modes")
    assert ModeCoverage.from_config(made.get_config()).get_config() == made.get_config()
