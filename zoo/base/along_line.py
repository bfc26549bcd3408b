"""What lies between two examples."""

from collections.abc import Callable

import tensorflow as tf


def along_line(start, end, num_steps: int, decode: Callable) -> tf.Tensor:
    """Decodes the points of the line from one latent to another.

    Args:
        start: `[B, ...]` floats, or a structure of such.
        end: the same.
        num_steps: int. How many points, both ends included.
        decode: function from latents such as `start` to `[B, *event]` examples.

    Returns:
        `[B, num_steps, *event]`.

    Example:
    >>> along_line(tf.zeros([2]), tf.ones([2]), 3, lambda z: 10.0 * z).numpy()
    array([[ 0.,  5., 10.],
           [ 0.,  5., 10.]], dtype=float32)
    """
    lines = tf.nest.map_structure(
        lambda a, b: tf.linspace(a, b, num_steps, axis=0), start, end
    )
    points = [
        tf.nest.map_structure(lambda line, i=i: line[i], lines)
        for i in range(num_steps)
    ]
    return tf.stack([decode(point) for point in points], axis=1)
