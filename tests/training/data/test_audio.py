"""Waves as levels, and back."""

import numpy as np
import pytest
from scipy.io import wavfile

from genkeras.training.data import (
    DataError,
    load_audio,
    mu_law_levels,
    mu_law_wave,
    save_wav,
)


def test_levels_are_those_of_the_standard():
    # The formula of ITU-T G.711's curve, at a point worked out by hand.
    x = 0.1
    bent = np.log(1.0 + 255.0 * x) / np.log(256.0)
    assert mu_law_levels([x])[0] == round(127.5 * (1.0 + bent))


def test_every_level_comes_back():
    np.testing.assert_array_equal(
        mu_law_levels(mu_law_wave(np.arange(256))), range(256)
    )


def test_a_quiet_wave_keeps_its_shape():
    wave = 0.01 * np.sin(np.linspace(0.0, 20.0, 500))
    again = mu_law_wave(mu_law_levels(wave))
    assert np.abs(again - wave).max() < 0.001


def test_a_file_is_read_as_it_was_written(tmp_path):
    wave = np.linspace(-1.0, 1.0, 101)
    save_wav(wave, tmp_path / "a" / "ramp.wav", 8000)
    rate, whole = wavfile.read(tmp_path / "a" / "ramp.wav")
    assert rate == 8000
    np.testing.assert_allclose(whole / 32767.0, wave, atol=1e-4)


def _folder(path, rates=(8000,)):
    for i in range(12):
        save_wav(np.full(95, i / 20.0), path / f"{i}.wav", rates[i % len(rates)])


def test_segments_of_a_clip_stay_in_one_split(tmp_path):
    _folder(tmp_path)
    data = load_audio(str(tmp_path), length=30, seed=1)
    assert data.event_shape == (30,)
    assert {split: len(x) for split, x in data.x.items()} == {"train": 30, "test": 6}
    seen = [set(np.ravel(x)) for x in data.x.values()]
    assert not seen[0] & seen[1]
    assert data.sample_rate == 8000


def test_labels_follow_their_clips():
    data = load_audio("tones", length=100)
    assert {split: len(x) for split, x in data.x.items()} == {
        split: len(y) for split, y in data.labels.items()
    }
    # The lowest pitch changes its sign least often.
    wave = mu_law_wave(data.x["train"])
    turns = (np.diff(np.sign(wave), axis=1) != 0).sum(axis=1)
    means = [turns[data.labels["train"] == label].mean() for label in range(3)]
    assert means == sorted(means)


def test_what_is_no_sound_is_refused(tmp_path):
    _folder(tmp_path / "rates", (8000, 16000))
    _folder(tmp_path / "broken")
    (tmp_path / "broken" / "3.wav").write_bytes(b"RIFF")
    _folder(tmp_path / "short")
    (tmp_path / "empty").mkdir()
    for name, says in (
        ("rates", "one rate"),
        ("broken", "3.wav"),
        ("short", "length=100"),
        ("empty", "at least 10"),
    ):
        with pytest.raises(DataError, match=says):
            load_audio(str(tmp_path / name), length=100)
