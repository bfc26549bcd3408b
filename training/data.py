"""Data sets by name, and the `tf.data` pipelines that models train from.

Names are `digits` (scikit-learn's 1,797 real 8x8 digits, always there), a 2-D toy
(`toys.TOYS`), a folder of images, an `.npz` or `.npy` file, or any TFDS name.
"""

import dataclasses
import os
import pathlib
import sys
import zipfile

import numpy as np
import tensorflow as tf

from .pictures import Picture, picture_of
from .toys import TOYS

IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif")


class DataError(ValueError):
    """A data set that is not there, or not what was asked for; one clear line."""


@dataclasses.dataclass(frozen=True)
class DataSet:
    """Arrays by split, and what a model must know of them.

    Attributes:
        name: str.
        x: dict of split name to `[N, *event]` arrays: raw levels, or floats.
        labels: dict of split name to `[N]` integers; empty if there are none.
        num_levels: None for continuous data, else the number of integer levels.
        num_classes: None, or the number of labels.
        entropy: None, or the entropy in nats, where it is known.
        picture: None, or how to draw an example.
    """

    name: str
    x: dict[str, np.ndarray]
    labels: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    num_levels: int | None = None
    num_classes: int | None = None
    entropy: float | None = None
    picture: Picture | None = None

    @property
    def event_shape(self) -> tuple[int, ...]:
        """The shape of one example."""
        return self.x["train"].shape[1:]


# === Loading ===
def load(
    name: str,
    data_dir: str | None = None,
    *,
    num_samples: int = 50_000,
    image_size: int = 32,
    seed: int = 0,
) -> DataSet:
    """Loads a data set by name.

    Args:
        name: str. `digits`, a toy, a folder, a `.npz`/`.npy` file, or a TFDS name.
        data_dir: None or str. Where TFDS looks first; else `TFDS_DATA_DIR`, else TFDS's
            own default.
        num_samples: int. How many training points of a toy are drawn.
        image_size: int. Images of a folder are brought to squares of this side.
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
        data = _digits()
    elif name in TOYS:
        data = _toy(TOYS[name], num_samples, seed)
    elif path.is_dir():
        data = _folder(path, image_size, seed)
    elif path.suffix in (".npz", ".npy"):
        data = _arrays(path, seed)
    else:
        data = _tfds(name, data_dir, seed)
    return dataclasses.replace(
        data, picture=picture_of(data.x["train"], data.num_levels)
    )


def names() -> list[str]:
    """The names that need no file and no network."""
    return ["digits", *TOYS]


def _digits():
    from sklearn.datasets import load_digits

    bunch = load_digits()
    x = bunch.images[..., None].astype("uint8")  # [1797, 8, 8, 1], levels 0..16
    return DataSet(
        name="digits",
        # As the set is ordered, by writer: no writer of the test digits is trained on.
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


def _toy(toy, num_samples, seed):
    sizes = {"train": num_samples, "validation": 10_000, "test": 10_000}
    streams = np.random.default_rng(seed).spawn(len(sizes))
    x = {
        split: toy.draw(size, rng).astype("float32")
        for (split, size), rng in zip(sizes.items(), streams, strict=True)
    }
    return DataSet(name=toy.name, x=x, entropy=toy.entropy)


def _arrays(path, seed):
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


def _folder(path, image_size, seed):
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


def _tfds(name, data_dir, seed):
    import tensorflow_datasets as tfds

    data_dir = data_dir or os.environ.get("TFDS_DATA_DIR")
    if data_dir is not None and not pathlib.Path(data_dir).is_dir():
        raise DataError(f"There is no data folder {str(data_dir)!r}.")
    try:
        loaded, info = _read_tfds(tfds, name, data_dir)
    except tfds.core.DatasetNotFoundError:
        raise DataError(
            f"There is no data set {name!r}. Names are {', '.join(names())}, a folder "
            "of images, an .npz or .npy file, or a TFDS name."
        ) from None
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


def _read_tfds(tfds, name, data_dir):
    """From the disk if it is there, else, after a word to the user, the network."""
    options = {"data_dir": data_dir, "batch_size": -1, "with_info": True}
    try:
        loaded, info = tfds.load(name, download=False, **options)
    except (AssertionError, FileNotFoundError):
        print(
            f"{name} is not on this disk: downloading it with TFDS ...", file=sys.stderr
        )
        try:
            loaded, info = tfds.load(name, **options)
        except Exception as error:  # TFDS raises whatever its client raised
            raise DataError(
                f"{name} is not in {data_dir or 'the TFDS folder'} and cannot be "
                f"downloaded ({type(error).__name__}). Pass --data-dir, or set "
                "TFDS_DATA_DIR, to a folder that holds it."
            ) from None
    return tfds.as_numpy(loaded), info


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
            its intensity as the probability. "dynamic" draws the training pixels anew
            in each batch, see `training_batches`, and the others once.
        flatten: bool. Whether to make one vector of each example.

    Raises:
        DataError: for another domain or binarization, or data without levels.

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
    if data.num_levels is None and (domain != "raw" or binarize):
        raise DataError(
            f"{data.name} is continuous: it has no levels to scale or to binarize."
        )
    x = {}
    for i, (split, array) in enumerate(data.x.items()):
        if domain != "raw":
            array = array.astype("float32") / (data.num_levels - 1)
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
    return dataclasses.replace(data, x=x, num_levels=levels, picture=picture)


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
    with_labels: bool = False,
    draw_pixels: bool = False,
) -> tf.data.Dataset:
    """The training split, for `fit(..., steps_per_epoch=steps_per_epoch(...))`.

    The order of an epoch depends on `seed` and the epoch's number alone, so a run that
    starts again at `first_epoch` sees what an uninterrupted one would have seen.

    Args:
        data: a prepared `DataSet`.
        batch_size: int. Examples a batch; what remains of an epoch is dropped.
        seed: int.
        epochs: int. How many epochs there are in all.
        first_epoch: int. Where to begin.
        with_labels: bool. Whether to give `(x, label)`.
        draw_pixels: bool. Whether to draw each pixel with its value as the
            probability, anew at each step (dynamic binarization).

    Raises:
        DataError: if there are fewer examples than `batch_size`.
    """
    x = data.x["train"]
    steps_per_epoch(data, batch_size)  # says so if there are too few
    tensors = (x, data.labels["train"]) if with_labels else (x,)

    def epoch_batches(epoch):
        pair = tf.stack([tf.constant(seed, tf.int64), epoch])
        order = tf.random.experimental.stateless_shuffle(tf.range(len(x)), pair)
        batches = tf.data.Dataset.from_tensor_slices(order)
        batches = batches.batch(batch_size, drop_remainder=True)
        return batches.enumerate().map(lambda i, rows: (epoch, i, rows))

    tensors = [tf.constant(tensor) for tensor in tensors]

    def gather(epoch, i, rows):
        batch = [tf.gather(tensor, rows) for tensor in tensors]
        if draw_pixels:
            pair = tf.stack([seed + 7919 * epoch, i])
            noise = tf.random.stateless_uniform(tf.shape(batch[0]), pair)
            batch[0] = tf.cast(noise < batch[0], batch[0].dtype)
        return tuple(batch) if with_labels else batch[0]

    epochs = tf.data.Dataset.range(first_epoch, epochs)
    batches = epochs.flat_map(epoch_batches)
    return batches.map(gather, num_parallel_calls=2).prefetch(4)


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
    data: DataSet, split: str, batch_size: int, *, with_labels: bool = False
) -> tf.data.Dataset:
    """A split in its own order, once, the last batch as large as it comes."""
    tensors = data.x[split]
    if with_labels:
        tensors = (tensors, data.labels[split])
    return tf.data.Dataset.from_tensor_slices(tensors).batch(batch_size).prefetch(4)
