"""A residual block that doubles an image."""

import math

import keras
import tensorflow as tf

from .block_convolution import block_convolution
from .conditional_batch_normalization import ConditionalBatchNormalization


@keras.saving.register_keras_serializable(package="genkeras")
class ResBlockUp(keras.layers.Layer):
    """The block of a residual generator: two convolutions beside a shortcut.

        h = conv2(relu(norm2(conv1(up(relu(norm1(x)))))))
        y = up(conv1x1(x)) + h

    `up` repeats every pixel twice in both directions, and `norm` is batch norm, which
    a context steers. A block that neither doubles nor changes the number of maps has
    the identity for a shortcut. The shortcut's convolution stands before the doubling,
    which gives what the paper's order gives for a quarter of the work. No convolution
    has a bias: the next batch norm takes it away, through every shortcut.

    Args:
        filters: int. Maps of the output, and between the two convolutions.
        upsample: bool. Whether to double the image.
        spectral: bool. Whether every weight is divided by its largest singular value.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats.
        context: None, or `[B, K]` floats for `ConditionalBatchNormalization`.
        training: bool. Whether batch norm takes the batch's statistics.

    Returns:
        `[B, 2 H, 2 W, filters]` floats, or `[B, H, W, filters]`.

    Example:
    >>> ResBlockUp(filters=4)(tf.zeros([2, 5, 5, 8]), tf.ones([2, 3])).shape
    TensorShape([2, 10, 10, 4])

    Reference:
        Gulrajani et al., 2017, appendix F, https://arxiv.org/abs/1704.00028;
        Miyato and Koyama, 2018, figure 14, https://arxiv.org/abs/1802.05637
    """

    def __init__(
        self, filters: int, *, upsample: bool = True, spectral: bool = False, **kwargs
    ):
        super().__init__(**kwargs)
        self.filters = filters
        self.upsample = upsample
        self.spectral = spectral
        shared = {"spectral": spectral, "dtype": self.dtype_policy}
        self.norms = [ConditionalBatchNormalization(**shared) for _ in range(2)]
        self.convolutions = [
            block_convolution(filters, 3, gain=math.sqrt(2), use_bias=False, **shared)
            for _ in range(2)
        ]
        self.shortcut = None

    def build(self, x_shape, context_shape=None):
        channels = x_shape[-1]
        self.input_spec = [keras.layers.InputSpec(ndim=4, axes={-1: channels})]
        self.norms[0].build((None, None, None, channels), context_shape)
        self.convolutions[0].build((None, None, None, channels))
        between = (None, None, None, self.filters)
        self.norms[1].build(between, context_shape)
        self.convolutions[1].build(between)
        if self.upsample or channels != self.filters:
            self.shortcut = block_convolution(
                self.filters,
                1,
                use_bias=False,
                spectral=self.spectral,
                dtype=self.dtype_policy,
            )
            self.shortcut.build((None, None, None, channels))

    def call(self, x, context=None, training=None):
        first, second = self.norms
        h = tf.nn.relu(first(x, context, training=training))
        h = self.convolutions[0](self._up(h))
        h = tf.nn.relu(second(h, context, training=training))
        h = self.convolutions[1](h)
        return h + (x if self.shortcut is None else self._up(self.shortcut(x)))

    def _up(self, x):
        if not self.upsample:
            return x
        return tf.repeat(tf.repeat(x, 2, axis=1), 2, axis=2)  # [B, 2 H, 2 W, C]

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "upsample": self.upsample,
            "spectral": self.spectral,
        }
