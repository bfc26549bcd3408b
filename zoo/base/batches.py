"""Pipelines that end when training ends.

When an iterator is destroyed, TensorFlow waits for the thread that tunes its pipeline,
which sleeps for longer each time, up to a minute. A pipeline that is not tuned has no
such thread. `tf.data.AUTOTUNE` then stands for as many parallel calls as there are
cores, at most 16.
"""

import inspect
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from .keras_habits import check_arguments

# Measured: more calls, or batches ahead, gain nothing for arrays in memory.
_PARALLEL_CALLS = 2


def untuned(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Returns the same elements, from a pipeline without a tuning thread.

    Example:
    >>> untuned(tf.data.Dataset.range(2)).options().autotune.enabled
    False
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)


def array_batches(
    arrays: Sequence,
    batch_size: int,
    *,
    shuffle: bool = False,
    seed: int | None = None,
) -> tf.data.Dataset:
    """Returns batches of rows, the last one as large as it comes.

    Args:
        arrays: sequence of arrays with a common leading axis, structures of such, or
            None in the place of one.
        batch_size: int.
        shuffle: bool. Whether each pass has an order of its own, drawn as Keras does.
        seed: None, or of what it is drawn instead, for workers to draw alike.

    Example:
    >>> [x.shape[0] for (x,) in array_batches([np.zeros([5, 3])], 2)]
    [2, 2, 1]
    """
    tensors = tf.nest.map_structure(
        lambda leaf: None if leaf is None else tf.convert_to_tensor(leaf), tuple(arrays)
    )
    sizes = {leaf.shape[0] for leaf in tf.nest.flatten(tensors) if leaf is not None}
    if len(sizes) > 1:
        raise ValueError(
            f"Arrays that belong together are of one length. Received: {sorted(sizes)}."
        )
    (size,) = sizes
    whole = size // batch_size * batch_size

    def order(_):
        rows = tf.range(size, dtype=tf.int64)
        return tf.random.shuffle(rows, seed) if shuffle else rows

    def parts(rows):
        full = tf.reshape(rows[:whole], [-1, batch_size])
        batches = tf.data.Dataset.from_tensor_slices(full)
        if whole == size:
            return batches
        return batches.concatenate(tf.data.Dataset.from_tensors(rows[whole:]))

    def gather(rows):
        return tf.nest.map_structure(
            lambda leaf: None if leaf is None else tf.gather(leaf, rows), tensors
        )

    batches = tf.data.Dataset.range(1).map(order).prefetch(1).flat_map(parts)
    batches = batches.map(gather, num_parallel_calls=_PARALLEL_CALLS).prefetch(2)
    count = -(-size // batch_size)
    return _split_by_rows(untuned(batches)).apply(
        tf.data.experimental.assert_cardinality(count)
    )


def _split_by_rows(dataset):
    """What several workers read of one array: rows, since there are no files."""
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.DATA
    )
    return dataset.with_options(options)


# === Other containers ===
class _WithoutTarget(keras.utils.PyDataset):
    """A user's `PyDataset` whose batches may be `(x, None, weight)`.

    Keras's adapter cannot infer a spec of None, so such a batch travels as a dict.
    """

    def __init__(self, dataset):
        super().__init__(
            workers=dataset.workers,
            use_multiprocessing=dataset.use_multiprocessing,
            max_queue_size=dataset.max_queue_size,
        )
        self.dataset = dataset

    def __len__(self):
        return len(self.dataset)

    @property
    def num_batches(self):
        return self.dataset.num_batches

    def __getitem__(self, index):
        batch = self.dataset[index]
        x, y, weight = keras.utils.unpack_x_y_sample_weight(batch)
        if y is not None or weight is None:
            return batch
        return {_X: x, _WEIGHT: weight}

    def on_epoch_begin(self):
        self.dataset.on_epoch_begin()

    def on_epoch_end(self):
        self.dataset.on_epoch_end()


def _as_tuples(batches):
    """What a generator yields, as the tuples that Keras wants of it."""
    for batch in batches:
        yield batch if isinstance(batch, tuple) else (batch,)


_X, _WEIGHT = "genkeras examples", "genkeras weights"


def unpack(batch):
    """Returns the examples, conditions and weights of a batch; None for what it lacks.

    Example:
    >>> unpack((1, 2))
    (1, 2, None)
    """
    if isinstance(batch, dict) and _X in batch:
        return batch[_X], None, batch[_WEIGHT]
    return keras.utils.unpack_x_y_sample_weight(batch)


# === What `fit`, `evaluate` and `predict` are given, by name ===
_PARTS = ("x", "y", "sample_weight")


def plain_arguments(given: dict) -> dict:
    """Returns the arguments with tables of pandas and lists of numbers as arrays."""

    def plain(leaf):
        return leaf.to_numpy() if hasattr(leaf, "to_numpy") else leaf

    given = {
        name: _as_array(value) if name in _PARTS else value
        for name, value in given.items()
    }
    if isinstance(given.get("validation_data"), tuple | list):
        parts = tuple(_as_array(part) for part in given["validation_data"])
        given["validation_data"] = parts
    names = [name for name in (*_PARTS, "validation_data") if name in given]
    return {**given, **{n: tf.nest.map_structure(plain, given[n]) for n in names}}


def _as_array(value):
    """A list of numbers, or of lists of them, as an array; all else as it is."""
    numbers = isinstance(value, list | tuple) and all(
        isinstance(leaf, int | float) for leaf in tf.nest.flatten(value)
    )
    return np.asarray(value) if numbers else value


def numbered(given: dict, numbers) -> dict:
    """Returns the arguments with `numbers(condition)` for each condition.

    Args:
        given: dict. The arguments of a method of `keras.Model`.
        numbers: function of a condition, whole or a batch's.
    """

    def parts(part):
        if isinstance(part, tf.data.Dataset):
            if not isinstance(part.element_spec, tuple):
                return part
            return part.map(lambda x, c, *rest: (x, numbers(c), *rest))
        if isinstance(part, tuple | list) and len(part) > 1:
            return (part[0], numbers(part[1]), *part[2:])
        return part

    given = {**given, "x": parts(given["x"])}
    if given.get("y") is not None:
        given["y"] = numbers(given["y"])
    if given.get("validation_data") is not None:
        given["validation_data"] = parts(given["validation_data"])
    return given


def in_batches(given: dict, *, shuffle=False, seed: int | None = None) -> dict:
    """Returns the arguments with arrays made a data set, and data sets untuned.

    What Keras alone knows to weight or to repeat is left as it is.

    Args:
        given: dict. The arguments of a method of `keras.Model`.
        shuffle: whether each pass over arrays has an order of its own.
        seed: None, or of what that order is drawn.
    """
    if inspect.isgenerator(given["x"]):
        return {**given, "x": _as_tuples(given["x"])}
    # A data set has its own order; asked for another, Keras warns that it cannot.
    still = {"shuffle": False} if "shuffle" in given else {}
    if isinstance(given["x"], keras.utils.PyDataset):
        return {**given, "x": _WithoutTarget(given["x"])}
    if isinstance(given["x"], tf.data.Dataset):
        return {**given, "x": untuned(given["x"]), **still}
    parts = [given.get(name) for name in _PARTS]
    of_keras = ("class_weight", "steps", "steps_per_epoch")
    left = any(given.get(name) is not None for name in of_keras) or shuffle == "batch"
    if left or not _are_arrays(parts):
        return given
    while parts[-1] is None:
        parts.pop()
    size = given.get("batch_size") or 32
    batches = array_batches(parts, size, shuffle=shuffle, seed=seed)
    rest = {k: v for k, v in given.items() if k not in (*_PARTS, "batch_size")}
    return {**rest, "x": batches, **still}


def visible_part(given: dict, owner: str):
    """Returns what can be looked at before `fit` or `evaluate`, and a batch.

    That is the whole of arrays, the first batch of data sets, and nothing of
    generators, which can be read only once.

    Args:
        given: dict. The arguments of a method of `keras.Model`.
        owner: str. Whose method it is.

    Returns:
        examples, conditions, and a batch as the method will see it; None for each that
        cannot be had.

    Raises:
        ValueError: for what holds no examples, lists of inputs, weights of classes, and
            weights that Keras would drop.
    """
    check_arguments(owner, given)
    x, y, weight = (given.get(name) for name in _PARTS)
    if weight is not None and y is None:
        raise ValueError(
            "Keras drops the weights of data without a target. Received: "
            "sample_weight= and no y. Pass a tf.data.Dataset of (x, None, weight)."
        )
    if isinstance(x, keras.utils.PyDataset):
        return (*unpack(x[0])[:2], None)
    if isinstance(x, tf.data.Dataset):
        batch = next(iter(untuned(x.take(1))), None)
        if batch is None:
            raise ValueError(
                f"{owner} needs at least one batch. Received: an empty data set. With "
                "drop_remainder, a batch must not exceed its size."
            )
        return (*unpack(batch)[:2], batch)
    if not isinstance(x, np.ndarray | tf.Tensor):
        return None, None, None
    size = given.get("batch_size") or 32
    arrays = tuple(part for part in (x, y, weight) if part is not None)
    return x, y, tf.nest.map_structure(lambda leaf: leaf[:size], arrays)


def split_off_validation(given: dict) -> dict:
    """Returns the arguments with the last part of arrays as validation data."""
    parts = [given.get(name) for name in _PARTS]
    split = given.get("validation_split")
    if not split or given.get("validation_data") is not None or not _are_arrays(parts):
        return given
    if not 0.0 < split < 1.0:
        raise ValueError(
            f"`validation_split` lies in (0, 1). Received: validation_split={split}."
        )
    at = int(len(parts[0]) * (1.0 - split))

    def cut(rows):
        return tf.nest.map_structure(
            lambda leaf: None if leaf is None else leaf[rows], tuple(parts)
        )

    given = {**given, **dict(zip(_PARTS, cut(slice(at)), strict=True))}
    del given["validation_split"]
    return {**given, "validation_data": cut(slice(at, None))}


def validation_arguments(given: dict) -> dict:
    """Returns what `evaluate` would be given, of what `fit` was."""
    held_out = given["validation_data"]
    if not isinstance(held_out, tuple | list):
        return {"x": held_out}
    size = given.get("validation_batch_size") or given.get("batch_size")
    return {**dict(zip(_PARTS, held_out, strict=False)), "batch_size": size}


def _are_arrays(values):
    leaves = [leaf for leaf in tf.nest.flatten(values) if leaf is not None]
    return bool(leaves) and all(isinstance(n, np.ndarray | tf.Tensor) for n in leaves)
