"""How far what a decoder returns is from what went in."""

import math

import tensorflow as tf

from .refusal import refusal

ERRORS = ("cross_entropy", "squared")


def check_error(error: str) -> None:
    """Refuses what is not the name of an error.

    Raises:
        ValueError: naming those that there are.
    """
    if error not in ERRORS:
        raise refusal(f"Errors are {', '.join(ERRORS)}. Received: {error!r}.")


def range_for(error: str) -> tuple[float, float] | None:
    """Returns the range of the data: a cross-entropy is of numbers in `[0, 1]`."""
    return (0.0, 1.0) if error == "cross_entropy" else None


def to_mean(raw, error: str) -> tf.Tensor:
    """Returns what the data is compared with: raw outputs, or their sigmoid."""
    return tf.sigmoid(raw) if error == "cross_entropy" else raw


def mean_errors(x, raw, error: str) -> tf.Tensor:
    """Returns the mean error of each example's dimensions.

    Args:
        x: `[B, *event]` floats.
        raw: `[B, *event]` floats: logits, for a cross-entropy.
        error: str. "cross_entropy", in nats, or "squared".

    Returns:
        `[B]` floats.

    Example:
    >>> mean_errors(tf.ones([1, 2]), tf.zeros([1, 2]), "squared").numpy()
    array([1.], dtype=float32)
    """
    if error == "cross_entropy":
        errors = tf.nn.sigmoid_cross_entropy_with_logits(x, raw)
    else:
        errors = tf.math.squared_difference(x, raw)
    return tf.reduce_mean(tf.reshape(errors, [-1, math.prod(x.shape[1:])]), axis=1)
