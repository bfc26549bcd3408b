"""How convolutions see what they are conditioned on."""

import tensorflow as tf


def with_context(x, context=None):
    """Stacks a context behind the channels of an image.

    Args:
        x: `[B, H, W, C]` floats.
        context: None; `[B, K]` floats, the same for each pixel; or `[B, H, W, K]`.
            A batch of 1 serves every image.

    Returns:
        `[B, H, W, C + K]` floats.

    Example:
    >>> with_context(tf.zeros([2, 4, 4, 1]), tf.ones([2, 3])).shape
    TensorShape([2, 4, 4, 4])
    """
    if context is None:
        return x
    context = tf.cast(context, x.dtype)
    if context.shape.rank == 2:
        context = context[:, None, None, :]
    shape = tf.concat([tf.shape(x)[:-1], tf.shape(context)[-1:]], axis=0)
    return tf.concat([x, tf.broadcast_to(context, shape)], axis=-1)
