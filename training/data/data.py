"""Data sets by name, and the `tf.data` pipelines that models train from.

Names are `digits` (scikit-learn's 1,797 real 8x8 digits, always there), a 2-D toy
(`toys.TOYS`), a set of one variable (`level_toys.LEVEL_TOYS`), a folder of images, an
`.npz` or `.npy` file, or any TFDS name.
"""

import dataclasses
import pathlib

import numpy as np
import tensorflow as tf

from ...zoo.base import untuned
from ..pictures import picture_of
from .data_set import DataError, DataSet
from .folders import read_folder
from .image_sizes import checked_size, resized, size_note
from .level_toys import LEVEL_TOYS, read_level_toy
from .sources import (
    read_arrays,
    read_digits,
    read_tfds,
    read_toy,
)
from .toys import TOYS


# === Loading ===
def load(
    name: str,
    data_dir: str | None = None,
    *,
    num_samples: int = 50_000,
    image_size: int | tuple[int, ...] = (),
    fit: str = "crop",
    held_out: int = 0,
    seed: int = 0,
) -> DataSet:
    """Loads a data set by name.

    Args:
        name: str. `digits`, a toy, a folder, a `.npz`/`.npy` file, or a TFDS name.
        data_dir: None or str. Where TFDS looks first; else `TFDS_DATA_DIR`, else TFDS's
            own default.
        num_samples: int. How many training points of a toy are drawn.
        image_size: `()` for images as they are; or height and width, or the side of
            squares, that they are brought to. Pictures of a folder that differ in size
            become squares of 32.
        fit: str. "crop" or "pad", where images are of another shape than `image_size`.
        held_out: int. If positive, so many of the last training examples leave the
            training split and take the place of the test split: settings are chosen by
            their score, and the test split is kept for the one that was chosen.
        seed: int. For toys, and for the split of data that has none.

    Returns:
        A `DataSet` with the splits `train` and `test`, and `validation` if there is
        one, or if one could be cut from the training data of a file.

    Raises:
        DataError: if there is no such data, or it cannot be used.

    Example:
    >>> load("digits").event_shape, load("moons", num_samples=10).x["test"].shape
    ((8, 8, 1), (10000, 2))
    """
    path = pathlib.Path(name)
    if name == "digits":
        data = read_digits()
    elif name in TOYS:
        data = read_toy(TOYS[name], num_samples, seed)
    elif name in LEVEL_TOYS:
        data = read_level_toy(name)
    elif path.is_dir():
        data = read_folder(path, image_size, fit)
    elif path.suffix.lower() in (".npz", ".npy"):
        data = read_arrays(path, seed)
    elif path.exists() or _looks_like_a_path(name):
        there = "a file of another kind" if path.exists() else "which is not there"
        raise DataError(
            "Data is a name, a folder of images, or an .npz or .npy file. Received: "
            f"{name!r}, {there}."
        )
    else:
        data = read_tfds(name, data_dir, seed)
    size = checked_size(image_size, fit)
    if size is not None and not path.is_dir():
        data = _resized(data, size, fit)
    if held_out:
        data = _hold_out(data, held_out)
    return dataclasses.replace(
        data, picture=picture_of(data.x["train"], data.num_levels)
    )


def _looks_like_a_path(name):
    return any(mark in name for mark in ("\\", "~", "..")) or name.startswith(
        (".", "/")
    )


def _resized(data, size, fit):
    if data.num_levels not in (None, 256):
        raise DataError(
            f"image_size is for images of 256 levels. Received: {data.name} of "
            f"{data.num_levels}."
        )
    sizes = [data.event_shape[:2]]
    x = {s: resized(array, size, fit, data.name) for s, array in data.x.items()}
    notes = (*data.notes, size_note(sizes, size, fit))
    return dataclasses.replace(data, x=x, notes=notes)


def _hold_out(data, count):
    available = len(data.x["train"])
    if not 0 < count < available:
        raise DataError(
            f"held_out takes from 1 to {available - 1} of the training examples of "
            f"{data.name}, or 0 for none. Received: {count}."
        )

    def cut(splits):
        train = splits["train"]
        return {**splits, "train": train[:-count], "test": train[-count:]}

    labels = cut(data.labels) if data.labels else {}
    return dataclasses.replace(data, x=cut(data.x), labels=labels)


# === Preparing ===
def prepare(
    data: DataSet, domain: str, *, binarize: str | None = None, flatten: bool = False
) -> DataSet:
    """Brings raw levels to what a model takes, once and in memory.

    Args:
        data: what `load` returned.
        domain: "raw" for levels or floats as they are, "unit" for `[0, 1]`, "signed"
            for `[-1, 1]`.
        binarize: None; "threshold" at half; or "static" to draw each pixel once, with
            its intensity as the probability. "dynamic" has `training_batches` draw
            the training pixels anew in each batch, and draws the others once.
        flatten: bool. Whether to make one vector of each example.

    Raises:
        DataError: for another domain or binarization, or data without levels that are
            no images in [0, 1] or [-1, 1].

    Example:
    >>> prepare(load("digits"), "signed", flatten=True).event_shape
    (64,)
    """
    if domain not in ("raw", "unit", "signed"):
        raise DataError(f"Domains are raw, unit, signed. Received: {domain!r}.")
    if binarize not in (None, "threshold", "static", "dynamic"):
        raise DataError(
            f"binarize is threshold, static or dynamic. Received: {binarize!r}."
        )
    if binarize is not None and domain == "raw":
        raise DataError("Binarized data is in the domain unit or signed, not raw.")
    to_unit = None if domain == "raw" else _to_unit(data)
    x = {}
    for i, (split, array) in enumerate(data.x.items()):
        if domain != "raw":
            array = to_unit(array)
        if binarize is not None and not (binarize == "dynamic" and split == "train"):
            # A seed for each split, the same in every run.
            array = _binarize(array, binarize, np.random.default_rng([2026, i]))
        if domain == "signed":
            array = 2.0 * array - 1.0
        x[split] = array.reshape(len(array), -1) if flatten else array
    levels = data.num_levels if domain == "raw" else None
    picture = data.picture
    if picture is not None and domain != "raw":
        low = -1.0 if domain == "signed" else 0.0
        picture = dataclasses.replace(picture, low=low, high=1.0)
    return dataclasses.replace(
        data,
        x=x,
        num_levels=levels,
        picture=picture,
        draw_pixels=binarize == "dynamic",
    )


def _to_unit(data):
    """A function from the arrays of a data set to values in [0, 1]."""
    if data.num_levels is not None:
        return lambda array: array.astype("float32") / (data.num_levels - 1)
    if data.picture is None or data.picture.image_shape is None:
        raise DataError(
            f"{data.name} is continuous: it has no levels to scale or to binarize."
        )
    low = min(float(array.min()) for array in data.x.values())
    high = max(float(array.max()) for array in data.x.values())
    if low >= 0.0 and high <= 1.0:
        return lambda array: array
    if low >= -1.0 and high <= 1.0:
        return lambda array: (array + 1.0) / 2.0
    raise DataError(
        f"Images of floats are in [0, 1] or [-1, 1]. Received: {data.name} in "
        f"[{low:g}, {high:g}]. Scale it, or store bytes."
    )


def _binarize(array, how, rng):
    if how == "threshold":
        return (array > 0.5).astype("float32")
    return (rng.random(array.shape, "float32") < array).astype("float32")


# === Pipelines ===
def training_batches(
    data: DataSet,
    batch_size: int,
    *,
    seed: int,
    epochs: int,
    first_epoch: int = 0,
    first_step: int = 0,
    with_conditions: bool = False,
) -> tf.data.Dataset:
    """The training split, for `fit(..., steps_per_epoch=steps_per_epoch(...))`.

    The order of an epoch depends on `seed` and the epoch's number alone, so a run that
    starts again at some epoch and step sees what an uninterrupted one would have seen.

    Args:
        data: a prepared `DataSet`.
        batch_size: int. Examples a batch; what remains of an epoch is dropped.
        seed: int.
        epochs: int. How many epochs there are in all.
        first_epoch: int. Where to begin.
        first_step: int. How many batches of that epoch are left out.
        with_conditions: bool. Whether to give `(x, condition)`.

    Raises:
        DataError: if there are fewer examples than `batch_size`.
    """
    x = data.x["train"]
    steps_per_epoch(data, batch_size)  # says so if there are too few
    tensors = (x, data.conditions["train"]) if with_conditions else (x,)

    def shuffled(epoch, stream):
        pair = tf.stack([tf.constant(seed + 104_729 * stream, tf.int64), epoch])
        return tf.random.experimental.stateless_shuffle(tf.range(len(x)), pair)

    def epoch_batches(epoch):
        streams = [0 if data.paired else i for i in range(len(tensors))]
        orders = tuple(shuffled(epoch, stream) for stream in streams)
        batches = tf.data.Dataset.from_tensor_slices(orders)
        batches = batches.batch(batch_size, drop_remainder=True)
        return batches.enumerate().map(lambda i, orders: (epoch, i, orders))

    tensors = [tf.constant(tensor) for tensor in tensors]

    def gather(epoch, i, orders):
        batch = [tf.gather(*pair) for pair in zip(tensors, orders, strict=True)]
        if data.draw_pixels:
            pair = tf.stack([seed + 7919 * epoch, i])
            noise = tf.random.stateless_uniform(tf.shape(batch[0]), pair)
            batch[0] = tf.cast(noise < batch[0], batch[0].dtype)
        return tuple(batch) if with_conditions else batch[0]

    epochs = tf.data.Dataset.range(first_epoch, epochs)
    batches = epochs.flat_map(epoch_batches).skip(first_step)
    return untuned(batches.map(gather, num_parallel_calls=2).prefetch(4))


def steps_per_epoch(data: DataSet, batch_size: int) -> int:
    """How many whole batches the training split has.

    Raises:
        DataError: if it has none.
    """
    size = len(data.x["train"])
    if batch_size > size:
        raise DataError(
            f"A batch cannot be larger than the data. Received: batches of "
            f"{batch_size} and {size} training examples of {data.name}."
        )
    return size // batch_size


def evaluation_batches(
    data: DataSet, split: str, batch_size: int, *, with_conditions: bool = False
) -> tf.data.Dataset:
    """A split in its own order, once, the last batch as large as it comes."""
    tensors = data.x[split]
    if with_conditions:
        tensors = (tensors, data.conditions[split])
    batches = tf.data.Dataset.from_tensor_slices(tensors).batch(batch_size)
    return untuned(batches.prefetch(4))
