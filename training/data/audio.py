"""Waves as levels, and back."""

import pathlib
import struct

import numpy as np

from ..files import written_aside
from .data_set import DataError, DataSet
from .sources import open_tfds

_MU = 255.0  # ITU-T G.711


def mu_law_levels(wave) -> np.ndarray:
    """Returns the 256 levels of a wave, finer where it is quiet.

        level = round(127.5 (1 + sign(x) ln(1 + 255 |x|) / ln 256))

    Args:
        wave: floats in [-1, 1].

    Returns:
        uint8 of the same shape.

    Example:
    >>> mu_law_levels([-1.0, 0.001, 1.0])
    array([  0, 133, 255], dtype=uint8)

    Reference:
        van den Oord et al., 2016, section 2.2, https://arxiv.org/abs/1609.03499
    """
    wave = np.clip(np.asarray(wave, "float64"), -1.0, 1.0)
    bent = np.sign(wave) * np.log1p(_MU * np.abs(wave)) / np.log1p(_MU)
    return np.round((bent + 1.0) * 127.5).astype("uint8")


def mu_law_wave(levels) -> np.ndarray:
    """Returns the wave of levels, floats in [-1, 1]: the inverse of `mu_law_levels`.

    Example:
    >>> mu_law_wave([0, 255])
    array([-1.,  1.])
    """
    bent = np.asarray(levels, "float64") / 127.5 - 1.0
    return np.sign(bent) * np.expm1(np.abs(bent) * np.log1p(_MU)) / _MU


def save_wav(wave, path, sample_rate: int) -> None:
    """Writes a wave as 16-bit `.wav`.

    Args:
        wave: `[T]` floats in [-1, 1].
        path: path.
        sample_rate: int. Samples a second.
    """
    from scipy.io import wavfile

    whole = np.round(np.clip(wave, -1.0, 1.0) * 32767.0).astype("int16")
    with written_aside(path) as draft:
        wavfile.write(draft, sample_rate, whole)


def load_audio(
    name: str, data_dir: str | None = None, *, length: int, seed: int = 0
) -> DataSet:
    """Loads clips as segments of mu-law levels.

    Clips are cut into segments of `length` samples that do not overlap; what remains of
    a clip is left out. Those of a clip stay in one split.

    Args:
        name: str. `tones` for sines of three pitches, a folder of mono `.wav` files of
            one rate, or a TFDS name whose examples are audio, such as `spoken_digit`.
        data_dir: None or str. Where TFDS looks first.
        length: int. How many samples a segment has.
        seed: int. Which clips are tested on.

    Returns:
        A `DataSet` with the splits `train`, nine tenths of the clips, and `test`.

    Raises:
        DataError: if there are no such clips, or all are shorter than a segment.

    Example:
    >>> data = load_audio("tones", length=100)
    >>> data.event_shape, data.num_levels, data.num_classes
    ((100,), 256, 3)
    """
    clips, labels, rate = _read(name, data_dir)
    order = np.random.default_rng(seed).permutation(len(clips))
    cut = len(clips) * 9 // 10
    parts = {"train": order[:cut], "test": order[cut:]}
    x, y = {}, {}
    for split, rows in parts.items():
        segments = [_segments(clips[i], length) for i in rows]
        if not any(map(len, segments)):
            raise DataError(
                f"No clip of {name!r} in the split {split} is as long as a segment. "
                f"Received: length={length}."
            )
        x[split] = mu_law_levels(np.concatenate(segments))
        if labels is not None:
            counts = [len(part) for part in segments]
            y[split] = np.repeat(labels[rows], counts).astype("int32")
    return DataSet(
        name=pathlib.Path(name).name,
        x=x,
        labels=y,
        num_levels=256,
        num_classes=None if labels is None else int(labels.max()) + 1,
        sample_rate=rate,
    )


def _segments(clip, length):
    count = len(clip) // length
    return clip[: count * length].reshape(count, length)


def _read(name, data_dir):
    """Clips as floats in [-1, 1], their labels, and the rate."""
    path = pathlib.Path(name)
    if name == "tones":
        return _tones()
    if path.is_dir():
        return _read_folder(path)
    loaded, info = open_tfds(name, data_dir, batch_size=None)
    if "audio" not in info.features:
        raise DataError(
            f"{name!r} has no audio. Received: the features {sorted(info.features)}."
        )
    examples = [e for split in loaded.values() for e in split]
    clips = [np.asarray(e["audio"], "float64") / 32768.0 for e in examples]
    labels = None
    if "label" in info.features:
        labels = np.array([e["label"] for e in examples])
    return clips, labels, info.features["audio"].sample_rate or 8000


def _read_folder(path):
    from scipy.io import wavfile

    files = sorted(path.glob("*.wav"))
    if len(files) < 10:
        raise DataError(
            f"A folder of waves needs at least 10 .wav files. Received: {len(files)} "
            f"in {str(path)!r}."
        )
    clips, rates = [], set()
    for file in files:
        try:
            rate, wave = wavfile.read(file)
        except (ValueError, OSError, EOFError, struct.error) as error:
            raise DataError(
                f"{str(file)!r} cannot be read as a wave: {error}."
            ) from None
        if wave.ndim != 1 or wave.dtype.kind not in "if":
            raise DataError(
                f"{str(file)!r} must be mono, of signed integers or floats. Received: "
                f"{wave.dtype} of shape {wave.shape}."
            )
        top = 1.0 if wave.dtype.kind == "f" else float(np.iinfo(wave.dtype).max)
        clips.append(wave / top)
        rates.add(rate)
    if len(rates) > 1:
        raise DataError(
            f"Waves of {str(path)!r} are of one rate. Received: {sorted(rates)}."
        )
    return clips, None, rates.pop()


def _tones():
    """Fading sines of three pitches, with some noise; the pitch is the label."""
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    time = np.arange(400) / 8000.0
    clips = []
    for label in labels:
        pitch, phase = 220.0 * 2.0**label, rng.uniform(0.0, 2.0 * np.pi)
        wave = 0.5 * np.sin(2.0 * np.pi * pitch * time + phase) * np.exp(-20.0 * time)
        clips.append(wave + 0.002 * rng.normal(size=len(time)))
    return clips, labels, 8000
