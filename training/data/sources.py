"""Where data sets come from: one reader for each kind of source."""

import logging
import math
import os
import pathlib
import sys

import numpy as np

from .data_set import DataError, DataSet
from .level_toys import LEVEL_TOYS
from .toys import TOYS, Toy


def names() -> list[str]:
    """The names that need no file and no network."""
    return ["digits", *TOYS, *LEVEL_TOYS]


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
            _check_size(path, file)
            # No pickles: a data file must not be able to run code.
            loaded = np.load(file, allow_pickle=False)
            found = {"x": loaded} if isinstance(loaded, np.ndarray) else dict(loaded)
    except DataError:
        raise
    except Exception as error:  # a damaged file raises whatever its reader meets
        why = "it holds Python objects" if "allow_pickle" in str(error) else str(error)
        if isinstance(error, ValueError) and "pickled" in why:
            why = "it is no file of arrays"
        raise DataError(f"{str(path)!r} cannot be read as arrays: {why}.") from None
    for key, array in found.items():
        if not array.ndim:
            raise DataError(
                f"{path.name}[{key!r}] must be an array of examples. Received: one "
                f"{array.dtype}."
            )
    x, labels = _splits_of(path.name, found, seed)
    for split, array in x.items():
        _check_array(path.name, split, array)
    _check_alike(path.name, x)
    whole = np.issubdtype(x["train"].dtype, np.integer)
    levels = int(max(array.max() for array in x.values())) + 1 if whole else None
    x = x if whole else {split: a.astype("float32") for split, a in x.items()}
    classes = int(max(y.max() for y in labels.values())) + 1 if labels else None
    return DataSet(
        name=path.stem, x=x, labels=labels, num_levels=levels, num_classes=classes
    )


_LABELS = ("y", "labels", "label", "condition")


def _splits_of(name, found, seed):
    """Examples and labels by split, of an array or of those that have splits."""
    splits = [s for s in ("train", "validation", "test") if s in found]
    if "train" not in splits:
        if "x" not in found:
            raise DataError(
                f"{name} must hold an array 'x', or 'train' and 'test'. Received: "
                f"{sorted(found)}."
            )
        order = np.random.default_rng(seed).permutation(len(found["x"]))
        ends = int(0.8 * len(order)), int(0.9 * len(order))
        y = _labels_of(name, found, _LABELS, len(order))
        return _cut(found["x"][order], *ends), {} if y is None else _cut(
            y[order], *ends
        )
    x = {s: found[s] for s in splits}
    keys = {s: [f"{s}_{k}" for k in _LABELS] + [f"{k}_{s}" for k in _LABELS] for s in x}
    y = {s: _labels_of(name, found, keys[s], len(x[s])) for s in splits}
    if "test" not in x:
        # What is tested on is not trained on.
        order = np.random.default_rng(seed).permutation(len(x["train"]))
        cut = max(1, len(order) // 10)
        for part in (x, y):
            whole = part["train"]
            if whole is not None:
                part["train"], part["test"] = whole[order[cut:]], whole[order[:cut]]
            else:
                part["test"] = None
    given = [s for s in x if y[s] is not None]
    if given and len(given) < len(x):
        raise DataError(
            f"{name} must hold labels of all splits, or of none. Received: labels of "
            f"{', '.join(given)}."
        )
    return x, y if given else {}


def _labels_of(name, found, keys, size):
    """`[N]` int32 labels under one of the names, or None."""
    for key in keys:
        if key not in found:
            continue
        y = found[key]
        y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
        if y.dtype.kind not in "iu" or y.shape != (size,) or (size and y.min() < 0):
            raise DataError(
                f"{name}[{key!r}] must be labels 0, 1, ... of shape [{size}]. "
                f"Received: {y.dtype} of shape {y.shape}."
            )
        return y.astype("int32")
    return None


def _check_alike(name, x):
    """Splits are compared with each other: one kind of numbers, one shape."""
    train = x["train"]
    for split, array in x.items():
        same_kind = (array.dtype.kind in "iu") == (train.dtype.kind in "iu")
        if array.shape[1:] != train.shape[1:] or not same_kind:
            raise DataError(
                f"{name}: splits must be alike. Received: 'train' of {train.dtype} "
                f"{train.shape[1:]} and {split!r} of {array.dtype} {array.shape[1:]}."
            )


def _check_size(path, file):
    """Refuses an `.npy` that claims more than it holds, before memory is asked for."""
    if file.read(6) == b"\x93NUMPY":
        file.seek(0)
        version = np.lib.format.read_magic(file)
        read = {(1, 0): np.lib.format.read_array_header_1_0}.get(
            version, np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read(file)
        claimed, there = math.prod(shape) * dtype.itemsize, path.stat().st_size
        if not dtype.hasobject and claimed > there:
            raise DataError(
                f"{str(path)!r} cannot be read as arrays: it claims {claimed} bytes. "
                f"Received: a file of {there}."
            )
    file.seek(0)


def _check_array(name, split, array):
    if array.dtype.kind not in "iuf" or array.ndim < 2 or not len(array):
        raise DataError(
            f"{name}[{split!r}] must be numbers of shape [N, ...]. Received: "
            f"{array.dtype} of shape {array.shape}."
        )
    # Of the precision that models compute in.
    largest = np.finfo("float32").max
    bad = int(np.count_nonzero(~(np.abs(array.astype("float64")) <= largest)))
    if bad:
        raise DataError(
            f"{name}[{split!r}] must be finite. Received: {bad} of {array.size} "
            "entries are NaN, infinite or beyond what float32 holds."
        )
    if array.dtype.kind == "i" and array.min() < 0:
        raise DataError(
            f"{name}[{split!r}] holds integers, which are levels from 0 up. Received: "
            f"{array.min()}. Store floats if the data is continuous."
        )


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
