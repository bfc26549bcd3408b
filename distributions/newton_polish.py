"""The last steps of a numeric inverse, which make it differentiable."""

import numpy as np
import tensorflow as tf


def newton_polish(function_and_slope, root, target):
    """Returns the root of `function(x) = target`, differentiable in all it depends on.

    Two Newton steps from a root found by other means, whose own history is cut off.
    The root counts as a constant, yet the steps differentiate to the derivative that
    the implicit function theorem gives; with two of them the second derivative is
    right too. They also take out the error that the search left, but no more: where the
    function is so flat that its root is lost in rounding, a step ends at the square
    root of the float type's spacing, with gradient 0.

    Args:
        function_and_slope: callable from `x` to `function(x)` and its derivative,
            which is not negative.
        root: floats, where `function` is `target` up to rounding.
        target: floats of the same shape.

    Returns:
        Floats of the shape of `root`.

    Example:
    >>> y = tf.constant(8.0)
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(y)
    ...     x = newton_polish(lambda x: (x**3, 3 * x**2), tf.constant(2.00001), y)
    >>> float(x), round(float(tape.gradient(x, y)), 4)
    (2.0, 0.0833)
    """
    x = tf.stop_gradient(root)
    spacing = float(np.finfo(x.dtype.as_numpy_dtype).eps)
    reach = spacing**0.5 * (1.0 + tf.abs(x))
    for _ in range(2):
        value, slope = function_and_slope(x)
        step = (value - target) / tf.maximum(slope, spacing**2)
        x -= tf.clip_by_value(step, -reach, reach)
    return x
