"""Networks that want one batch axis, under any number of them."""

from collections.abc import Callable

import tensorflow as tf


def over_batch(
    network: Callable, x, context=None, *, event_ndims: int, context_ndims: int = 1
) -> tf.Tensor:
    """Calls a network on `[N, *event]`, whatever batch axes `x` has, none included.

    A distribution may be asked for one event, or for draws of draws; convolutions and a
    user's functional models take one batch axis alone.

    Args:
        network: function of `[N, *event]` and, if there is one, a context `[N, ...]`.
        x: `[*batch, *event]` floats.
        context: None, or floats whose batch axes broadcast to those of `x`.
        event_ndims: int. How many axes an event has.
        context_ndims: int. How many axes the context of one event has.

    Returns:
        `[*batch, ...]`, what the network returns for each event.

    Example:
    >>> over_batch(lambda x: x[:, :1], tf.zeros([3]), event_ndims=1).shape
    TensorShape([1])
    """
    batch_ndims = x.shape.rank - event_ndims
    if batch_ndims == 1 and context is None:
        return network(x)
    if batch_ndims == 1 and _is_row_by_row(x, context, context_ndims):
        return network(x, context)
    batch = tf.shape(x)[:batch_ndims]
    arguments = [_flat(x, event_ndims)]
    if context is not None:
        event = tf.shape(context)[context.shape.rank - context_ndims :]
        shape = tf.concat([batch if batch_ndims else [1], event], axis=0)
        arguments.append(_flat(tf.broadcast_to(context, shape), context_ndims))
    y = network(*arguments)
    y_shape = tf.concat([batch, tf.shape(y)[1:]], axis=0)
    static = [*x.shape[:batch_ndims], *y.shape[1:]]
    return tf.ensure_shape(tf.reshape(y, y_shape), static)


def _is_row_by_row(x, context, context_ndims):
    """Whether there is a context for each row, as far as that is known."""
    if context.shape.rank != 1 + context_ndims:
        return False
    return context.shape[0] != 1 or x.shape[0] == 1


def _flat(x, event_ndims):
    """All batch axes as one."""
    first = x.shape.rank - event_ndims
    flat = tf.reshape(x, tf.concat([[-1], tf.shape(x)[first:]], axis=0))
    return tf.ensure_shape(flat, [None, *x.shape[first:]])
