"""Categories by their names: which number each has."""

import numpy as np
import tensorflow as tf


def is_names(names) -> bool:
    """Whether that is a list of at least one name, each once."""
    return (
        isinstance(names, list | tuple)
        and len(names) == len(set(map(str, names))) > 0
        and all(isinstance(name, str) for name in names)
    )


def numbers_of(values, names, what: str):
    """Returns the numbers of categories that were given by name; others as they are.

    Args:
        values: a name, or an array, a column or a string tensor of names; or numbers.
        names: sequence of str. The names in the order of their numbers.
        what: str. What the error message calls the values.

    Returns:
        int32 of the shape of `values`. A name in a tensor that is none of them, as a
        graph meets it, has the number -1.

    Raises:
        ValueError: naming what is unknown, and the names that are known.

    Example:
    >>> numbers_of(["dog", "cat"], ["cat", "dog"], "labels")
    array([1, 0], dtype=int32)
    """
    if tf.is_tensor(values):
        return _numbers_of_tensor(values, names)
    values = np.asarray(values)
    if values.dtype.kind not in "OUS":
        return values
    known = {name: number for number, name in enumerate(names)}
    texts = [v.decode() if isinstance(v, bytes) else v for v in values.ravel().tolist()]
    unknown = sorted({str(text) for text in texts if text not in known})
    if unknown:
        shown = ", ".join(map(repr, unknown[:5]))
        raise ValueError(
            f"{what}: the known names are {', '.join(map(repr, names))}. Received: "
            f"{shown}{', ...' if len(unknown) > 5 else ''}."
        )
    return np.array([known[text] for text in texts], "int32").reshape(values.shape)


def _numbers_of_tensor(values, names):
    if values.dtype != tf.string:
        return values
    same = tf.equal(values[..., None], tf.constant(list(names)))  # [..., names]
    number = tf.argmax(same, axis=-1, output_type=tf.int32)
    return tf.where(tf.reduce_any(same, axis=-1), number, -1)
