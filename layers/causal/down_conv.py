"""A convolution over whole rows, downwards."""

import keras
import tensorflow as tf


class DownConv(keras.layers.Layer):
    """Convolves over the rows up to its own, and over columns to both sides.

    What it computes of a row, `row` computes of that row and the one above it.

    Args:
        filters: int. Width of the output.
        strides: int. Of 2, each second row and column is kept, the first among them.
        initializer: a Keras initializer.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats.

    Returns:
        `[B, H / strides, W / strides, filters]` floats.

    Example:
    >>> DownConv(4, strides=2)(tf.zeros([2, 6, 8, 3])).shape
    TensorShape([2, 3, 4, 4])
    """

    def __init__(
        self, filters: int, *, strides: int = 1, initializer="glorot_uniform", **kwargs
    ):
        super().__init__(**kwargs)
        self.filters = filters
        self.strides = strides
        self.initializer = initializer

    def build(self, x_shape):
        shape = (2, 3, x_shape[-1], self.filters)
        self.kernel = self.add_weight(shape, self.initializer, name="kernel")
        self.bias = self.add_weight((self.filters,), "zeros", name="bias")

    def _convolve(self, x, rows_above):
        kernel, bias = (
            tf.cast(tf.convert_to_tensor(w), self.compute_dtype)
            for w in (self.kernel, self.bias)
        )
        padding = [[0, 0], [rows_above, 0], [1, 1], [0, 0]]
        x = tf.cast(x, self.compute_dtype)
        return tf.nn.conv2d(x, kernel, self.strides, padding) + bias

    def call(self, x):
        return self._convolve(x, 1)

    def row(self, above, x):
        """Computes one row.

        Args:
            above: `[B, W, C]` floats, the row before; zeros above the first one.
            x: `[B, W, C]` floats, the row.

        Returns:
            `[B, W / strides, filters]` floats.
        """
        return self._convolve(tf.stack([above, x], axis=1), 0)[:, 0]
