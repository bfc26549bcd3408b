"""Edges, data with sources, and the pictures and numbers of translations."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from contracts import check_refused
from genkeras.training.callbacks import SampleGrid
from genkeras.training.data import (
    DataSet,
    load,
    prepare,
    sobel_edges,
    training_batches,
    with_edges,
)
from genkeras.training.evaluation import evaluate_translation, in_parts, side_by_side
from genkeras.training.pictures import Picture, draw

PICTURE = Picture((4, 4, 1), -1.0, 1.0)


@pytest.fixture(scope="module")
def digits():
    return prepare(load("digits"), "signed")


def numbered(count, **kwargs):
    """Each example and each source holds its own row's number."""
    x = np.arange(count, dtype="float32")
    return DataSet("rows", {"train": x}, sources={"train": -x}, **kwargs)


# === Edges ===
def test_edges_are_those_of_scipy(digits):
    x = digits.x["test"][:20]
    rows, columns = (
        # Image by image, for SciPy smooths along all other axes.
        [ndimage.sobel(image, axis=axis, mode="mirror") for image in x[..., 0]]
        for axis in (0, 1)
    )
    length = np.hypot(rows, columns) / 8.0
    clear = np.abs(length - 0.25) > 1e-5  # a tie falls to either side
    wanted = np.where(length > 0.25, 1.0, -1.0)
    np.testing.assert_array_equal(sobel_edges(x)[..., 0][clear], wanted[clear])
    assert 0.2 < np.mean(wanted == 1.0) < 0.8


def test_pairs_and_the_want_of_them(digits):
    paired = with_edges(digits)
    for split, x in paired.x.items():
        np.testing.assert_array_equal(paired.sources[split][:9], sobel_edges(x[:9]))
    apart = with_edges(digits, paired=False)
    x, edges = apart.x["train"], apart.sources["train"]
    assert len(x) == len(edges) == len(apart.labels["train"])
    np.testing.assert_array_equal(x, digits.x["train"][::2][: len(x)])
    np.testing.assert_array_equal(edges[:9], sobel_edges(digits.x["train"][1:18:2]))
    np.testing.assert_array_equal(apart.sources["test"], paired.sources["test"])


def test_edges_of_what_has_none_are_refused():
    check_refused(lambda: with_edges(load("digits")), "'digits'")
    check_refused(lambda: with_edges(load("moons", num_samples=10)), "'moons'")


# === Batches ===
def batches(data):
    given = training_batches(data, 5, seed=3, epochs=2, with_conditions=True)
    return [np.stack(part).reshape(2, -1) for part in zip(*given, strict=True)]


def test_pairs_stay_together():
    x, source = batches(numbered(20))
    np.testing.assert_array_equal(source, -x)
    assert not np.array_equal(x[0], x[1])


def test_what_is_not_paired_has_an_order_of_its_own():
    x, source = batches(numbered(20, paired=False))
    for rows in (*x, *-source):
        np.testing.assert_array_equal(np.sort(rows), np.arange(20))
    assert np.mean(source == -x) < 0.3
    # The examples come as they would alone.
    np.testing.assert_array_equal(x, batches(numbered(20))[0])


# === Numbers and pictures ===
def test_a_translation_is_measured_from_black_to_white(digits):
    data = with_edges(digits)
    real = iter(np.split(data.x["test"][:300], [200]))
    metrics = evaluate_translation(
        lambda sources, i: next(real) - 0.5, data, num_images=300
    )
    assert metrics["test_l1"] == pytest.approx(0.25)
    assert metrics["label_accuracy_of_real"] > 0.9
    assert metrics.keys() == {"test_l1", "label_accuracy", "label_accuracy_of_real"}
    assert len(in_parts(lambda x, i: x, data.x["test"])) == len(data.x["test"])


def test_rows_of_a_picture_belong_together(tmp_path):
    kinds = [np.full([5, 4, 4, 1], value) for value in (-1.0, 0.0, 1.0)]
    table = side_by_side(*kinds, columns=2)
    assert table.shape == (2, 6, 4, 4, 1)
    grid = SampleGrid(tmp_path, PICTURE, show=lambda model: table)
    grid.set_params({"epochs": 1})
    grid.on_epoch_end(0)
    image = tf.io.decode_png((tmp_path / "epoch-0001.png").read_bytes()).numpy()
    flat = table.reshape(12, 4, 4, 1)
    np.testing.assert_array_equal(image, draw(flat, PICTURE, columns=6))
    middles = image[2 + 16, 2 + 16 :: 36, 0]
    np.testing.assert_array_equal(middles, [0, 128, 255, 0, 128, 255])
