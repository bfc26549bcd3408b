"""Files of arrays: their splits, labels and sizes."""

import numpy as np
import pytest

from genkeras.training.data import DataError, load


def _save(path, **arrays):
    np.savez(path, **arrays)
    return str(path)


def test_what_is_tested_on_is_not_trained_on(tmp_path):
    x = np.arange(60).reshape(30, 2)
    data = load(_save(tmp_path / "only.npz", train=x))
    train, test = data.x["train"][:, 0], data.x["test"][:, 0]
    assert (len(train), len(test)) == (27, 3)
    assert not set(train) & set(test)


@pytest.mark.parametrize("key", ["y", "labels", "condition"])
def test_labels_follow_their_examples(tmp_path, key):
    x = np.arange(60).reshape(30, 2)
    data = load(_save(tmp_path / "all.npz", x=x, **{key: np.arange(30)[:, None] % 3}))
    assert data.num_classes == 3
    for split, rows in data.x.items():
        np.testing.assert_array_equal(data.labels[split], rows[:, 0] // 2 % 3)


def test_labels_of_splits(tmp_path):
    x = np.arange(60).reshape(30, 2)
    y = np.arange(30) % 3
    file = _save(
        tmp_path / "s.npz", train=x[:20], test=x[20:], y_train=y[:20], y_test=y[20:]
    )
    data = load(file)
    np.testing.assert_array_equal(data.labels["test"], y[20:])
    np.testing.assert_array_equal(data.labels["train"], y[:20])


WRONG = {
    "kinds": {"train": np.zeros([9, 2], "uint8"), "test": np.zeros([9, 2])},
    "shapes": {"train": np.zeros([9, 2]), "test": np.zeros([9, 3])},
    "some labels": {
        "train": np.zeros([9, 2]),
        "test": np.zeros([9, 2]),
        "y_train": np.zeros(9, int),
    },
    "fewer labels": {"x": np.zeros([9, 2]), "y": np.zeros(8, int)},
    "labels below 0": {"x": np.zeros([9, 2]), "y": np.full(9, -1)},
}


@pytest.mark.parametrize("what", WRONG)
def test_what_does_not_go_together_is_refused(tmp_path, what):
    with pytest.raises(DataError, match="Received"):
        load(_save(tmp_path / "wrong.npz", **WRONG[what]))


def test_a_header_that_claims_too_much_costs_no_memory(tmp_path):
    file = tmp_path / "huge.npy"
    with file.open("wb") as opened:
        np.lib.format.write_array_header_1_0(
            opened,
            {"descr": "<f8", "fortran_order": False, "shape": (2_000_000_000, 1000)},
        )
    with pytest.raises(DataError, match="claims 16000000000000 bytes"):
        load(str(file))


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n1,2\n", b"\x93NUMPY\x01", b"PK\x03\x04x"]
)
def test_what_is_no_array_is_one_line(tmp_path, content):
    file = tmp_path / "x.npy"
    file.write_bytes(content)
    with pytest.raises(DataError) as caught:
        load(str(file))
    assert "\n" not in str(caught.value)
    assert "allow_pickle" not in str(caught.value)


@pytest.mark.parametrize("name", ["./imgs", "/no/such/folder", "../x.csv"])
def test_a_mistyped_path_is_one_short_line(name):
    with pytest.raises(DataError, match="not there") as caught:
        load(name)
    assert len(str(caught.value)) < 160


def test_another_kind_of_file_is_named(tmp_path):
    file = tmp_path / "table.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="another kind"):
        load(str(file))


def test_an_upper_case_ending_is_one(tmp_path):
    _save(tmp_path / "a.npz", x=np.arange(60).reshape(30, 2))
    (tmp_path / "a.npz").rename(tmp_path / "A.NPZ")
    assert load(str(tmp_path / "A.NPZ")).event_shape == (2,)


def test_a_digest_is_that_of_the_data(tmp_path):
    x = np.arange(60).reshape(30, 2)
    first = load(_save(tmp_path / "a.npz", x=x)).digest()
    assert load(str(tmp_path / "a.npz")).digest() == first
    assert load(_save(tmp_path / "b.npz", x=x + (x == 7))).digest() != first
