"""Stacked digits are what they are made of."""

import numpy as np
import pytest

from genkeras.training.data import DataError, load, prepare, with_stacked_channels


def test_channels_are_digits_and_the_label_reads_them():
    digits = prepare(load("digits"), "signed")
    stacked = with_stacked_channels(digits, 1000, seed=3)
    assert stacked.event_shape == (8, 8, 3)
    assert len(stacked.x["test"]) == len(digits.x["test"])
    for split, count in (("train", 1000), ("test", 50)):
        x, labels = stacked.x[split][:count], stacked.labels[split][:count]
        for channel, place in enumerate((100, 10, 1)):
            # Each channel is found among the images of the split, with its label.
            flat = digits.x[split].reshape(-1, 64)
            distance = (x[..., channel].reshape(count, 64) ** 2).sum(1)[:, None]
            distance = distance + (flat**2).sum(1)
            distance -= 2 * x[..., channel].reshape(count, 64) @ flat.T
            nearest = distance.argmin(axis=1)
            np.testing.assert_allclose(
                x[..., channel], digits.x[split][nearest, ..., 0]
            )
            wanted = digits.labels[split][nearest]
            np.testing.assert_array_equal(labels // place % 10, wanted)


def test_triples_depend_on_the_seed_alone_and_cover_the_thousand():
    digits = prepare(load("digits"), "signed")
    first, again, other = (
        with_stacked_channels(digits, 20_000, seed=seed) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first.x["train"], again.x["train"])
    assert np.any(first.labels["train"] != other.labels["train"])
    counts = np.bincount(first.labels["train"], minlength=1000)
    assert counts.min() > 0  # of 20 expected
    assert counts.max() < 60


def test_colour_and_what_has_no_ten_classes_are_refused():
    digits = prepare(load("digits"), "signed")
    stacked = with_stacked_channels(digits, 10)
    with pytest.raises(DataError, match=r"Received: shape \(8, 8, 3\) and 1000"):
        with_stacked_channels(stacked, 10)
