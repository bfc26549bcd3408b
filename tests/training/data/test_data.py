"""Data by name, prepared, and in an order that a resumed run finds again."""

import numpy as np
import pytest
import tensorflow as tf

from genkeras.training.data import (
    DataError,
    DataSet,
    evaluation_batches,
    load,
    prepare,
    steps_per_epoch,
    training_batches,
)


def _all(batches):
    return [np.asarray(batch) for batch in batches]


# === Loading ===
def test_digits_are_scikit_learns():
    from sklearn.datasets import load_digits

    data = load("digits")
    sizes = {split: len(x) for split, x in data.x.items()}
    assert sizes == {"train": 1300, "validation": 137, "test": 360}
    joined = np.concatenate(list(data.x.values()))[..., 0]
    np.testing.assert_array_equal(joined, load_digits().images)
    assert (data.num_levels, data.num_classes) == (17, 10)


def test_toys_differ_between_splits_and_seeds_and_repeat():
    data, again, other = (load("moons", num_samples=50, seed=s) for s in (0, 0, 1))
    np.testing.assert_array_equal(data.x["test"], again.x["test"])
    assert not np.array_equal(data.x["test"], other.x["test"])
    assert not np.array_equal(data.x["train"], data.x["test"][:50])


def test_an_npz_of_splits_keeps_them(tmp_path):
    file = tmp_path / "table.npz"
    np.savez(file, train=np.zeros([5, 3]), test=np.ones([2, 3]))
    data = load(str(file))
    assert {split: x.shape for split, x in data.x.items()} == {
        "train": (5, 3),
        "test": (2, 3),
    }
    assert data.num_levels is None
    assert data.x["train"].dtype == "float32"


def test_an_array_is_cut_in_three_without_overlap(tmp_path):
    file = tmp_path / "table.npy"
    np.save(file, np.arange(40).reshape(20, 2))
    data = load(str(file))
    rows = np.concatenate(list(data.x.values()))
    np.testing.assert_array_equal(np.sort(rows[:, 0]), np.arange(0, 40, 2))
    assert [len(x) for x in data.x.values()] == [16, 2, 2]
    assert data.num_levels == 40


def test_a_folder_of_images(tmp_path):
    for i in range(10):
        image = np.full([6, 4, 3], 20 * i, "uint8")
        image[..., 2] = 255 - image[..., 2]  # in colour: grey folders have one channel
        (tmp_path / f"{i}.png").write_bytes(tf.io.encode_png(image).numpy())
    data = load(str(tmp_path), image_size=5)
    assert data.event_shape == (5, 5, 3)
    values = np.concatenate(list(data.x.values()))[:, 0, 0, 0]
    np.testing.assert_array_equal(np.sort(values), 20 * np.arange(10))


def _refuses_pickles(folder):
    np.save(folder / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return folder / "x.npy"


def _holds_nan(folder):
    np.save(folder / "x.npy", np.full([30, 2], np.nan))
    return folder / "x.npy"


def _holds_no_x(folder):
    np.savez(folder / "x.npz", y=np.zeros([3, 2]))
    return folder / "x.npz"


def _holds_negative_levels(folder):
    np.save(folder / "x.npy", -np.ones([30, 2], int))
    return folder / "x.npy"


def _is_no_array(folder):
    (folder / "x.npz").write_text("hello")
    return folder / "x.npz"


def _is_no_image(folder):
    for i in range(10):
        (folder / f"{i}.png").write_text("hello")
    return folder


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda _: "mnitst", "no data set 'mnitst'.*digits"),
        (lambda folder: folder / "x.npz", "no data file"),
        (lambda folder: folder, "at least 10 files.*Received: 0"),
        (_refuses_pickles, "cannot be read"),
        (_holds_nan, "48 of 48|entries are NaN"),
        (_holds_no_x, "must hold an array 'x'.*Received: \\['y'\\]"),
        (_holds_negative_levels, "levels from 0 up. Received: -1"),
        (_is_no_array, "cannot be read"),
        (_is_no_image, "cannot be read as an image"),
    ],
)
def test_data_that_cannot_be_used_is_named(make, says, tmp_path):
    with pytest.raises(DataError, match=says) as caught:
        load(str(make(tmp_path)))
    assert "\n" not in str(caught.value)


def test_held_out_examples_stand_in_for_the_test_split():
    whole, data = load("digits"), load("digits", held_out=300)
    for all_splits, splits in ((whole.x, data.x), (whole.labels, data.labels)):
        np.testing.assert_array_equal(splits["train"], all_splits["train"][:-300])
        np.testing.assert_array_equal(splits["test"], all_splits["train"][-300:])
    assert load("moons", num_samples=10, held_out=4).x["test"].shape == (4, 2)


@pytest.mark.parametrize("count", [-1, 1300])
def test_what_cannot_be_held_out_is_named(count):
    with pytest.raises(DataError, match=f"from 1 to 1299.*digits.*Received: {count}"):
        load("digits", held_out=count)


def test_a_missing_data_folder_is_named():
    with pytest.raises(DataError, match="no data folder '/no/such'"):
        load("mnist", "/no/such")


def test_the_network_is_the_second_choice_and_announced(tmp_path, monkeypatch, capsys):
    import tensorflow_datasets as tfds

    calls = []

    def offline(name, *, download=True, **_):
        calls.append(download)
        raise FileNotFoundError if not download else ConnectionError("no route")

    monkeypatch.setattr(tfds, "load", offline)
    with pytest.raises(DataError, match="cannot be downloaded.*Pass --data-dir"):
        load("mnist", str(tmp_path))
    assert calls == [False, True]
    assert "downloading" in capsys.readouterr().err


# === Preparing ===
def test_domains():
    data = load("digits")
    unit, signed = prepare(data, "unit"), prepare(data, "signed", flatten=True)
    assert unit.x["test"].min() == 0.0
    assert unit.x["test"].max() == 1.0
    np.testing.assert_allclose(
        signed.x["test"], 2 * unit.x["test"].reshape(-1, 64) - 1, atol=1e-6
    )
    assert unit.num_levels is None
    assert (signed.picture.low, signed.picture.high) == (-1.0, 1.0)
    assert signed.picture.image_shape == (8, 8, 1)


def test_static_binarization_draws_pixels_once_with_their_intensity():
    data = load("digits")
    drawn, again = (prepare(data, "unit", binarize="static") for _ in range(2))
    np.testing.assert_array_equal(drawn.x["train"], again.x["train"])
    assert set(np.unique(drawn.x["train"])) == {0.0, 1.0}
    share, intensity = drawn.x["train"].mean(), data.x["train"].mean() / 16
    assert abs(share - intensity) < 0.005


def test_dynamic_binarization_leaves_the_training_pixels_to_the_batches():
    data = prepare(load("digits"), "unit", binarize="dynamic")
    assert len(np.unique(data.x["train"])) == 17
    assert set(np.unique(data.x["test"])) == {0.0, 1.0}
    (batch,) = _all(training_batches(data, 1300, seed=0, epochs=1))
    assert set(np.unique(batch)) == {0.0, 1.0}


def test_continuous_data_cannot_be_binarized():
    with pytest.raises(DataError, match="moons is continuous"):
        prepare(load("moons", num_samples=5), "unit", binarize="static")


# === Pipelines ===
def _numbered(count=25):
    x = np.arange(count, dtype="float32")[:, None]
    return DataSet("numbers", {"train": x, "test": x[:7]})


def test_an_epoch_has_each_example_at_most_once_and_whole_batches():
    batches = _all(training_batches(_numbered(), 4, seed=0, epochs=2))
    assert [len(batch) for batch in batches] == [4] * 12
    first, second = np.concatenate(batches[:6]), np.concatenate(batches[6:])
    assert len(np.unique(first)) == 24
    assert not np.array_equal(first, second)


def test_a_resumed_stream_goes_on_as_the_whole_one():
    whole = _all(training_batches(_numbered(), 4, seed=3, epochs=4))
    rest = _all(training_batches(_numbered(), 4, seed=3, epochs=4, first_epoch=2))
    np.testing.assert_array_equal(rest, whole[12:])


def test_drawn_pixels_change_with_the_epoch_and_are_found_again():
    grey = {"train": np.full([8, 50], 0.3, "float32")}
    data = DataSet("grey", grey, draw_pixels=True)

    def stream(first):
        return _all(training_batches(data, 8, seed=0, epochs=3, first_epoch=first))

    whole = stream(0)
    assert set(np.unique(whole)) == {0.0, 1.0}
    assert abs(np.mean(whole) - 0.3) < 0.05
    assert not np.array_equal(np.sort(whole[0], 0), np.sort(whole[1], 0))
    np.testing.assert_array_equal(stream(2)[0], whole[2])


def test_labels_stay_with_their_examples():
    data = load("digits")
    batches = training_batches(data, 100, seed=0, epochs=1, with_conditions=True)
    pairs = zip(data.x["train"], data.labels["train"], strict=True)
    table = {x.tobytes(): label for x, label in pairs}
    for x, y in batches.take(2):
        assert [table[row.tobytes()] for row in x.numpy()] == y.numpy().tolist()


def test_evaluation_keeps_all_in_order():
    x = np.concatenate(_all(evaluation_batches(_numbered(), "test", 3)))
    np.testing.assert_array_equal(x[:, 0], np.arange(7))


def test_too_few_samples_are_named():
    with pytest.raises(DataError, match="batches of 64 and 25 training examples"):
        steps_per_epoch(_numbered(), 64)
