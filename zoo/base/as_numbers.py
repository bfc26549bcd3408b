"""Numbers, of whatever holds some."""

import numpy as np
import tensorflow as tf

from .refusal import refusal


def as_numbers(x, owner: str, what: str) -> tf.Tensor:
    """Returns a tensor of real numbers, or of levels, of whatever holds such.

    Raises:
        ValueError: for what holds none: text, complex numbers, objects, dicts, None.

    Example:
    >>> as_numbers([[1.0], [2.0]], "Toy", "inputs").shape
    TensorShape([2, 1])
    >>> as_numbers("data", "Toy", "inputs")
    Traceback (most recent call last):
    ValueError: Toy takes real numbers as inputs. Received: a str.
    """
    try:
        if x is None or isinstance(x, str | bytes | dict):
            raise TypeError
        is_array = isinstance(x, np.ndarray | list | tuple)
        tensor = tf.convert_to_tensor(np.asarray(x) if is_array else x)
    except (TypeError, ValueError):
        kind = f"a {type(x).__name__}"
        if isinstance(x, np.ndarray):
            kind = f"an array of dtype {x.dtype}"
        raise refusal(
            f"{owner} takes real numbers as {what}. Received: {kind}."
        ) from None
    kind = tensor.dtype
    if not (kind.is_floating or kind.is_integer or kind.is_bool):
        raise refusal(
            f"{owner} takes real numbers as {what}. Received: dtype {kind.name}."
        )
    return tensor
