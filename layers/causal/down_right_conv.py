"""A convolution downwards and to the right."""

import keras
import tensorflow as tf


class DownRightConv(keras.layers.Layer):
    """Convolves over a pixel, the one to its left, and the two above these.

    By steps, what the row above adds is computed once a row (`above`), and the rest at
    each pixel (`here`).

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
    >>> DownRightConv(4)(tf.zeros([2, 5, 7, 3])).shape
    TensorShape([2, 5, 7, 4])
    """

    def __init__(
        self, filters: int, *, strides: int = 1, initializer="glorot_uniform", **kwargs
    ):
        super().__init__(**kwargs)
        self.filters = filters
        self.strides = strides
        self.initializer = initializer

    def build(self, x_shape):
        shape = (2, 2, x_shape[-1], self.filters)
        self.kernel = self.add_weight(shape, self.initializer, name="kernel")
        self.bias = self.add_weight((self.filters,), "zeros", name="bias")

    def _cast(self, value):
        return tf.cast(tf.convert_to_tensor(value), self.compute_dtype)

    def call(self, x):
        padding = [[0, 0], [1, 0], [1, 0], [0, 0]]
        kernel = self._cast(self.kernel)
        y = tf.nn.conv2d(self._cast(x), kernel, self.strides, padding)
        return y + self._cast(self.bias)

    def above(self, x):
        """What a row adds to the next one, bias included.

        Args:
            x: `[B, W, C]` floats, the row above; zeros above the first one.

        Returns:
            `[B, W / strides, filters]` floats.
        """
        kernel, padding = self._cast(self.kernel)[:1], [[0, 0], [0, 0], [1, 0], [0, 0]]
        y = tf.nn.conv2d(self._cast(x)[:, None], kernel, self.strides, padding)
        return y[:, 0] + self._cast(self.bias)

    def here(self, left, x):
        """What a pixel and the one to its left add.

        Args:
            left: `[B, C]` floats; zeros to the left of the first one.
            x: `[B, C]` floats.

        Returns:
            `[B, filters]` floats.
        """
        kernel = tf.reshape(self._cast(self.kernel)[1], [-1, self.filters])
        return tf.matmul(tf.concat([left, x], axis=-1), kernel)
