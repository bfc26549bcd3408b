"""The moments of a batch that may be spread over several devices."""

import tensorflow as tf


def global_moments(x) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the mean and variance of each channel over the *global* batch.

    Under a strategy, in a replica, the sums run over every replica, so that two
    devices with half a batch each get what one device gets from the whole; a replica
    may be empty. Differentiable.

    Args:
        x: `[..., C]` floats.

    Returns:
        Two `[C]` tensors. The variance is the biased one, of mean squares, taken in a
        second pass, since `E[x^2] - E[x]^2` loses every digit where the mean is large.

    Example:
    >>> mean, variance = global_moments(tf.constant([[1.0, 0.0], [3.0, 0.0]]))
    >>> mean.numpy(), variance.numpy()
    (array([2., 0.], dtype=float32), array([1., 0.], dtype=float32))
    """
    flat = tf.reshape(x, [-1, x.shape[-1]])  # [N, C]
    count, total = _sum_over_replicas(
        [tf.cast(tf.shape(flat)[0], x.dtype), tf.reduce_sum(flat, axis=0)]
    )
    mean = total / count
    (squares,) = _sum_over_replicas([tf.reduce_sum((flat - mean) ** 2, axis=0)])
    return mean, squares / count


def _sum_over_replicas(values):
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return values
    return context.all_reduce(tf.distribute.ReduceOp.SUM, values)
