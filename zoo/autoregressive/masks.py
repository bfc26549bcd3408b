"""Which positions of examples are known."""

import tensorflow as tf

from ..base import refusal


def check_mask(mask, event_shape, batch_size, class_name) -> tf.Tensor:
    """Returns `[B, *positions]` booleans, True where an example is known.

    Args:
        mask: 0 and 1 of the shape of the positions, for all examples or for each, with
            or without a channel axis of 1.
        event_shape: tuple of int. The positions, and the channels behind them if an
            event has more than one axis.
        batch_size: how many examples there are; None if that is not known.
        class_name: str. Whose `complete` was called.

    Raises:
        ValueError: for another shape or other values.
    """
    mask = tf.convert_to_tensor(mask)
    positions = event_shape[:-1] if len(event_shape) > 1 else event_shape
    if len(event_shape) > 1 and mask.shape.rank and mask.shape[-1] == 1:
        mask = mask[..., 0]
    whole = mask.dtype == tf.bool or (
        not tf.executing_eagerly() or bool(tf.reduce_all((mask == 0) | (mask == 1)))
    )
    if mask.shape.rank == len(positions):
        mask = mask[None]
    fits = mask.shape.rank == 1 + len(positions)
    fits = fits and mask.shape[1:].is_compatible_with(positions)
    fits = fits and mask.shape[0] in (None, 1, batch_size)
    if not fits or not whole:
        raise refusal(
            f"{class_name}.complete takes a mask of 0 and 1 of shape {positions}, for "
            f"all examples or for each. Received: {mask.dtype.name} of shape "
            f"{tuple(mask.shape)}."
        )
    mask = tf.cast(mask, tf.bool)
    if mask.shape[0] == 1 and batch_size not in (None, 1):
        mask = tf.repeat(mask, batch_size, axis=0)
    return mask
