"""Where data sets come from: one reader for each kind of source."""

import logging
import os
import pathlib
import sys
import zipfile

import numpy as np
import tensorflow as tf

from .data_set import DataError, DataSet
from .toys import TOYS, Toy

IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif")


def names() -> list[str]:
    """The names that need no file and no network."""
    return ["digits", *TOYS]


def read_digits() -> DataSet:
    """Scikit-learn's 8x8 digits: 1,797 of 17 levels."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    x = bunch.images[..., None].astype("uint8")  # [1797, 8, 8, 1], levels 0..16
    return DataSet(
        name="digits",
        # In its own order: nearby digits may share a writer, and a shuffled split would
        # test on hands that were trained on.
        x=_cut(x, 1300, 1437),
        labels=_cut(bunch.target.astype("int32"), 1300, 1437),
        num_levels=17,
        num_classes=10,
    )


def _cut(array, train_end, validation_end):
    return {
        "train": array[:train_end],
        "validation": array[train_end:validation_end],
        "test": array[validation_end:],
    }


def read_toy(toy: Toy, num_samples: int, seed: int) -> DataSet:
    """Draws each split of a toy from a stream of its own."""
    # Entropies are compared to hundredths: a score wants many points to be as sharp.
    test_size = max(10_000, num_samples // 2)
    sizes = {"train": num_samples, "validation": 10_000, "test": test_size}
    streams = np.random.default_rng(seed).spawn(len(sizes))
    x = {
        split: toy.draw(size, rng).astype("float32")
        for (split, size), rng in zip(sizes.items(), streams, strict=True)
    }
    return DataSet(name=toy.name, x=x, entropy=toy.entropy)


def read_arrays(path: pathlib.Path, seed: int) -> DataSet:
    """An `.npy` of `x`, or an `.npz` of `x` or of splits."""
    if not path.is_file():
        raise DataError(f"There is no data file {str(path)!r}.")
    try:
        with path.open("rb") as file:
            # No pickles: a data file must not be able to run code.
            loaded = np.load(file, allow_pickle=False)
            found = {"x": loaded} if path.suffix == ".npy" else dict(loaded)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{str(path)!r} cannot be read as arrays: {error}") from None
    x = {
        split: found[split]
        for split in ("train", "validation", "test")
        if split in found
    }
    if "train" not in x:
        if "x" not in found:
            raise DataError(
                f"{path.name} must hold an array 'x', or 'train' and 'test'. Received: "
                f"{sorted(found)}."
            )
        order = np.random.default_rng(seed).permutation(len(found["x"]))
        ends = int(0.8 * len(order)), int(0.9 * len(order))
        x = _cut(found["x"][order], *ends)
    elif "test" not in x:
        x["test"] = x.get("validation", x["train"])
    for split, array in x.items():
        _check_array(path.name, split, array)
    whole = np.issubdtype(x["train"].dtype, np.integer)
    levels = int(max(array.max() for array in x.values())) + 1 if whole else None
    x = x if whole else {split: a.astype("float32") for split, a in x.items()}
    return DataSet(name=path.stem, x=x, num_levels=levels)


def _check_array(name, split, array):
    if array.dtype.kind not in "iuf" or array.ndim < 2 or not len(array):
        raise DataError(
            f"{name}[{split!r}] must be numbers of shape [N, ...]. Received: "
            f"{array.dtype} of shape {array.shape}."
        )
    bad = int(np.count_nonzero(~np.isfinite(array)))
    if bad:
        raise DataError(
            f"{name}[{split!r}] must be finite. Received: {bad} of {array.size} "
            "entries are NaN or infinite."
        )
    if array.dtype.kind == "i" and array.min() < 0:
        raise DataError(
            f"{name}[{split!r}] holds integers, which are levels from 0 up. Received: "
            f"{array.min()}. Store floats if the data is continuous."
        )


def read_folder(path: pathlib.Path, image_size: int, seed: int) -> DataSet:
    """Images brought to one size, in three splits."""
    files = sorted(p for p in path.rglob("*") if p.suffix.lower() in IMAGE_ENDINGS)
    if len(files) < 10:
        raise DataError(
            f"A folder of images needs at least 10 files ({', '.join(IMAGE_ENDINGS)}). "
            f"Received: {len(files)} in {str(path)!r}."
        )
    images = np.stack([_read_image(file, image_size) for file in files])
    order = np.random.default_rng(seed).permutation(len(images))
    x = _cut(images[order], int(0.8 * len(order)), int(0.9 * len(order)))
    return DataSet(name=path.name, x=x, num_levels=256)


def _read_image(file, size):
    try:
        image = tf.io.decode_image(
            file.read_bytes(), channels=3, expand_animations=False
        )
    except tf.errors.InvalidArgumentError:
        raise DataError(f"{str(file)!r} cannot be read as an image.") from None
    image = tf.image.resize(image, [size, size], antialias=True)
    return tf.cast(tf.round(image), tf.uint8).numpy()


def read_tfds(name: str, data_dir: str | None, seed: int) -> DataSet:
    """Any image set that TFDS names."""
    loaded, info = open_tfds(name, data_dir)
    key = "image" if "image" in info.features else None
    if key is None:
        raise DataError(
            f"{name!r} has no images. Received: the features {sorted(info.features)}."
        )
    x = {split: np.asarray(part[key]) for split, part in loaded.items()}
    labels = {
        split: part["label"].astype("int32")
        for split, part in loaded.items()
        if "label" in part
    }
    if "test" not in x:
        order = np.random.default_rng(seed).permutation(len(x["train"]))
        ends = int(0.8 * len(order)), int(0.9 * len(order))
        labels = _cut(labels["train"][order], *ends) if labels else {}
        x = _cut(x["train"][order], *ends)
    return DataSet(
        name=name,
        x=x,
        labels=labels,
        # TFDS's `binarized_mnist` holds 0 and 1 in its bytes.
        num_levels=2 if name.startswith("binarized") else 256,
        num_classes=info.features["label"].num_classes if labels else None,
    )


def open_tfds(name: str, data_dir: str | None, *, batch_size: int | None = -1):
    """Returns what TFDS has of a name, as NumPy by split, and its info.

    Args:
        name: str.
        data_dir: None or str. Where TFDS looks first, else `TFDS_DATA_DIR`.
        batch_size: -1 for whole splits, or None for single examples, of any sizes.

    Raises:
        DataError: if TFDS knows no such name, or cannot get it.
    """
    import tensorflow_datasets as tfds

    data_dir = data_dir or os.environ.get("TFDS_DATA_DIR")
    if data_dir is not None and not pathlib.Path(data_dir).is_dir():
        raise DataError(f"There is no data folder {str(data_dir)!r}.")
    try:
        return _read_tfds(tfds, name, data_dir, batch_size)
    except tfds.core.DatasetNotFoundError:
        raise DataError(
            f"There is no data set {name!r}. Names are {', '.join(names())}, a folder "
            "of images, an .npz or .npy file, or a TFDS name."
        ) from None


def _read_tfds(tfds, name, data_dir, batch_size):
    """From the disk if it is there, else, after a word to the user, the network."""
    options = {"data_dir": data_dir, "batch_size": batch_size, "with_info": True}
    try:
        loaded, info = tfds.load(name, download=False, **options)
    except (AssertionError, FileNotFoundError):
        print(
            f"{name} is not on this disk: downloading it with TFDS ...", file=sys.stderr
        )
        # Its retries would bury the one line that says what to do.
        logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
        try:
            loaded, info = tfds.load(name, **options)
        except Exception as error:  # TFDS raises whatever its client raised
            raise DataError(
                f"{name} is not in {data_dir or 'the TFDS folder'} and cannot be "
                f"downloaded ({type(error).__name__}). Pass --data-dir, or set "
                "TFDS_DATA_DIR, to a folder that holds it."
            ) from None
    return tfds.as_numpy(loaded), info
