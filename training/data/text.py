"""Texts, and the windows of characters that models train on."""

import pathlib

import numpy as np

from .data_set import DataError, DataSet
from .sources import open_tfds

# What is there without a file: numbers in words, one after another.
_DIGITS = (
    *("zero", "one", "two", "three", "four"),
    *("five", "six", "seven", "eight", "nine"),
)


def load_text(
    name: str,
    data_dir: str | None = None,
    *,
    length: int,
    stride: int | None = None,
) -> DataSet:
    """Loads a text as windows of the numbers of its characters.

    The vocabulary is that of the whole text, in the order of Unicode.

    Args:
        name: str. `counting` for numbers in words, a `.txt` file in UTF-8, or a TFDS
            name whose examples are texts, such as `tiny_shakespeare`.
        data_dir: None or str. Where TFDS looks first.
        length: int. How many characters a window has.
        stride: None for windows that do not overlap, or how far each starts after the
            one before.

    Returns:
        A `DataSet` with the splits `train`, the first nine tenths of the text, and
        `test`, the rest, which `texts` holds whole.

    Raises:
        DataError: if there is no such text, or it is too short.

    Example:
    >>> data = load_text("counting", length=16)
    >>> data.event_shape, data.texts["train"][:9]
    ((16,), 'zero, one')
    """
    text = _read(name, data_dir)
    cut = len(text) * 9 // 10
    texts = {"train": text[:cut], "test": text[cut:]}
    if len(texts["test"]) < length:
        raise DataError(
            f"A text needs {10 * length} characters for windows of {length}. "
            f"Received: {len(text)} in {name!r}."
        )
    vocabulary = "".join(sorted(set(text)))
    numbers = {c: i for i, c in enumerate(vocabulary)}
    kind = "uint8" if len(vocabulary) <= 256 else "int32"
    x = {
        split: _windows(
            np.array([numbers[c] for c in part], kind),
            length,
            (stride or length) if split == "train" else length,
        )
        for split, part in texts.items()
    }
    return DataSet(
        name=pathlib.Path(name).stem,
        x=x,
        num_levels=len(vocabulary),
        vocabulary=vocabulary,
        texts=texts,
    )


def _windows(symbols, length, stride):
    every = np.lib.stride_tricks.sliding_window_view(symbols, length)
    return every[::stride]


def _read(name, data_dir):
    path = pathlib.Path(name)
    if name == "counting":
        return _counting(2000)
    if path.suffix == ".txt":
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise DataError(f"There is no text file {name!r}.") from None
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{name!r} cannot be read as UTF-8: {error}.") from None
    loaded, info = open_tfds(name, data_dir)
    if "text" not in info.features:
        raise DataError(
            f"{name!r} has no text. Received: the features {sorted(info.features)}."
        )
    splits = [s for s in ("train", "validation", "test") if s in loaded]
    parts = [part for s in splits for part in loaded[s]["text"]]
    return b"".join(parts).decode("utf-8")


def _counting(count):
    """Numbers from 0 on, digit by digit, in words."""
    return ", ".join(" ".join(_DIGITS[int(d)] for d in str(i)) for i in range(count))
