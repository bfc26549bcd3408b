"""From a vector for each frame to one for each sample."""

import keras
import numpy as np
import tensorflow as tf


@keras.saving.register_keras_serializable(package="genkeras")
class FrameUpsampling(keras.layers.Layer):
    """Spreads frames over the samples that they last, by a learned kernel.

        y_(f S + r) = sum_k W_(k, r) * x_(f + k),   k = -1, 0, 1,   r = 0 .. S - 1

    This is a transposed convolution of stride `S` and width `3 S`, one channel at a
    time. It starts as the straight line between the middles of neighbouring frames; the
    first and the last frame go on at the ends.

    Args:
        length: int. How many samples `T` there are. Each of `F` frames lasts
            `S = ceil(T / F)` of them, the last one what is left.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, F, C]` floats.

    Returns:
        `[B, T, C]` floats.

    Raises:
        ValueError: at `build`, for so many frames that the last would have no sample.

    Example:
    >>> layer = FrameUpsampling(4)
    >>> layer(tf.constant([[[0.0], [4.0]]]))[0, :, 0].numpy()
    array([0., 1., 3., 4.], dtype=float32)

    Reference:
        van den Oord et al., 2016, section 2.5, https://arxiv.org/abs/1609.03499
    """

    def __init__(self, length: int, **kwargs):
        super().__init__(**kwargs)
        self.length = length

    def build(self, x_shape):
        frames, channels = x_shape[1:]
        self.stride = -(-self.length // frames)
        if (frames - 1) * self.stride >= self.length:
            raise ValueError(
                f"FrameUpsampling takes frames of {self.stride} samples that all lie "
                f"within {self.length}. Received: {frames} frames."
            )

        def lines(shape, dtype=None):
            weights = np.broadcast_to(_lines(self.stride)[..., None], shape)
            return tf.constant(weights, dtype)

        self.kernel = self.add_weight(
            (3, self.stride, channels), initializer=lines, name="kernel"
        )

    def call(self, x):
        x = tf.cast(x, self.compute_dtype)
        kernel = tf.cast(tf.convert_to_tensor(self.kernel), self.compute_dtype)
        padded = tf.concat([x[:, :1], x, x[:, -1:]], axis=1)
        count = x.shape[1]
        y = tf.add_n(
            [padded[:, k : k + count, None] * kernel[k] for k in range(3)]
        )  # [B, F, S, C]
        return tf.reshape(y, [-1, count * self.stride, x.shape[-1]])[:, : self.length]

    def compute_output_shape(self, x_shape):
        return (x_shape[0], self.length, x_shape[-1])

    def get_config(self):
        return {**super().get_config(), "length": self.length}


def _lines(stride):
    """`[3, S]`: what the last, the own and the next frame give to each sample."""
    place = (np.arange(stride) + 0.5) / stride - 0.5  # from the frame's middle
    before, after = np.maximum(-place, 0.0), np.maximum(place, 0.0)
    return np.stack([before, 1.0 - before - after, after])
