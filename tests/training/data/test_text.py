"""Texts as windows of characters."""

import numpy as np
import pytest

from genkeras.training.data import DataError, load_text


def _decoded(data, row):
    return "".join(data.vocabulary[i] for i in row)


def test_windows_are_the_text(tmp_path):
    text = "the quick brown fox, über alles. " * 20
    file = tmp_path / "fox.txt"
    file.write_text(text, encoding="utf-8")
    data = load_text(str(file), length=10, stride=3)
    cut = len(text) * 9 // 10
    assert data.texts == {"train": text[:cut], "test": text[cut:]}
    assert data.vocabulary == "".join(sorted(set(text)))
    assert data.num_levels == len(data.vocabulary)
    train = data.x["train"]
    assert len(train) == (cut - 10) // 3 + 1
    assert _decoded(data, train[4]) == text[12:22]
    # Test windows do not overlap.
    assert _decoded(data, np.ravel(data.x["test"])) == text[cut:][: data.x["test"].size]


def test_what_is_no_text_is_refused(tmp_path):
    short = tmp_path / "short.txt"
    short.write_text("abc")
    broken = tmp_path / "broken.txt"
    broken.write_bytes(b"\xff\xfe\xfa")
    for name, says in (
        (str(short), "40 characters"),
        (str(broken), "UTF-8"),
        (str(tmp_path / "none.txt"), "no text file"),
    ):
        with pytest.raises(DataError, match=says):
            load_text(name, length=4)
