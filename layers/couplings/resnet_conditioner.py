"""A residual network that keeps the size of an image, the conditioner of RealNVP."""

import keras

from ..blocks import with_context


@keras.saving.register_keras_serializable(package="genkeras")
class ResNetConditioner(keras.layers.Layer):
    """Maps `[B, H, W, C]` to `[B, H, W, channels]` by residual blocks.

        h = conv3x3([x, context])
        h = h + conv3x3(act(norm(conv3x3(act(norm(h))))))    num_blocks times
        y = conv3x3(act(norm(h)))

    `norm` is layer normalization over the channels of one pixel: statistics of the
    batch would make a density depend on what else is in the batch.

    Args:
        channels: int. Channels of the output, which start at zero.
        filters: int. Maps in between.
        num_blocks: int. Number of residual blocks.
        activation: str. Name of the Keras activation in between.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats.
        context: None, `[B, K]` or `[B, H, W, K]` floats.

    Returns:
        `[B, H, W, channels]` floats.

    Example:
    >>> ResNetConditioner(channels=4, filters=8)(tf.zeros([2, 5, 5, 1])).shape
    TensorShape([2, 5, 5, 4])

    Reference:
        Dinh et al., 2017, section 4.1, https://arxiv.org/abs/1605.08803
    """

    def __init__(
        self,
        channels: int,
        filters: int = 32,
        num_blocks: int = 2,
        *,
        activation: str = "relu",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.channels = channels
        self.filters = filters
        self.num_blocks = num_blocks
        self.activation = activation
        self.first = self._convolution(filters)
        self.norms = [
            keras.layers.LayerNormalization(dtype=self.dtype_policy)
            for _ in range(2 * num_blocks + 1)
        ]
        self.convolutions = [self._convolution(filters) for _ in range(2 * num_blocks)]
        self.out = self._convolution(channels, kernel_initializer="zeros")

    def _convolution(self, filters, **kwargs):
        return keras.layers.Conv2D(
            filters, 3, padding="same", dtype=self.dtype_policy, **kwargs
        )

    def build(self, x_shape, context_shape=None):
        context_size = context_shape[-1] if context_shape is not None else 0
        self.first.build((*x_shape[:-1], x_shape[-1] + context_size))
        for layer in (*self.norms, *self.convolutions, self.out):
            layer.build((*x_shape[:-1], self.filters))

    def call(self, x, context=None):
        h = self.first(with_context(x, context))  # [B, H, W, filters]
        for i in range(0, 2 * self.num_blocks, 2):
            h = h + self._step(i + 1, self._step(i, h))
        return self.out(self._activated(-1, h))

    def _step(self, i, h):
        return self.convolutions[i](self._activated(i, h))

    def _activated(self, i, h):
        return keras.activations.get(self.activation)(self.norms[i](h))

    def get_config(self):
        return {
            **super().get_config(),
            "channels": self.channels,
            "filters": self.filters,
            "num_blocks": self.num_blocks,
            "activation": self.activation,
        }
