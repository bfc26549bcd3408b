"""A dense layer some of whose connections are cut."""

import keras
import numpy as np
import tensorflow as tf


@keras.saving.register_keras_serializable(package="genkeras")
class MaskedDense(keras.layers.Layer):
    """Computes `y = x (mask * kernel) + bias`.

    The mask is applied in the call, and the kernel is left as it is: a mask that is a
    kernel constraint holds only after the first update, and one that is an initializer
    only before it.

    Args:
        mask: `[inputs, units]` zeros and ones.
        kernel_initializer: str. Name of a Keras initializer.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[..., inputs]` floats.

    Returns:
        `[..., units]` floats.

    Example:
    >>> layer = MaskedDense([[1, 0], [1, 1]], "ones")
    >>> layer(tf.constant([[1.0, 10.0]])).numpy()
    array([[11., 10.]], dtype=float32)
    """

    def __init__(self, mask, kernel_initializer: str = "glorot_uniform", **kwargs):
        super().__init__(**kwargs)
        self.mask = np.asarray(mask, bool)
        self.kernel_initializer = kernel_initializer

    def build(self, x_shape=None):
        # Not cast: the kernel is also read from outside the call, in full precision.
        self.kernel = self.add_weight(
            self.mask.shape, self.kernel_initializer, name="kernel", autocast=False
        )
        self.bias = self.add_weight(
            (self.mask.shape[1],), "zeros", name="bias", autocast=False
        )

    def masked_kernel(self):
        """Returns the `[inputs, units]` kernel with its cut connections at 0."""
        kernel = tf.convert_to_tensor(self.kernel)
        return tf.where(self.mask, kernel, tf.zeros_like(kernel))

    def call(self, x):
        kernel = tf.cast(self.masked_kernel(), x.dtype)
        # With oneDNN, a kernel spread over several batch axes writes past its buffers.
        spread = x.shape.rank is None or x.shape.rank > 3
        product = tf.tensordot(x, kernel, 1) if spread else tf.matmul(x, kernel)
        return product + tf.cast(self.bias, x.dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "mask": self.mask.astype(int).tolist(),
            "kernel_initializer": self.kernel_initializer,
        }
