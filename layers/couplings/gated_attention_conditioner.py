"""Gated convolutions and self-attention, the conditioner of Flow++."""

import keras
import tensorflow as tf

from ..blocks import with_context


@keras.saving.register_keras_serializable(package="genkeras")
class GatedAttentionConditioner(keras.layers.Layer):
    """Maps `[B, H, W, C]` to `[B, H, W, channels]`, every pixel in sight of all.

        h = conv3x3([x, context])
        h = norm(h + gate(both(conv3x3(both(h)))))                num_blocks times,
        h = norm(h + gate(attention(h + positions)))              one after the other
        y = conv3x3(both(h))

    with `both(h) = activation([h, -h])`, `gate(h) = a * sigmoid(b)` for `[a, b]` a 1x1
    convolution of `h`, learned `positions`, and `norm` a layer normalization over the
    channels of one pixel. Attention takes `(H * W)^2` numbers for each image and head.
    The paper's dropout is left out.

    Args:
        channels: int. Channels of the output, which start at zero.
        filters: int. Maps in between; the paper takes 96.
        num_blocks: int. Number of blocks; the paper takes 10.
        num_heads: int. Heads of the attention, which divide `filters`.
        activation: str. Name of the Keras activation in between.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats.
        context: None, `[B, K]` or `[B, H, W, K]` floats.

    Returns:
        `[B, H, W, channels]` floats.

    Raises:
        ValueError: if `filters` is not a multiple of `num_heads`.

    Example:
    >>> network = GatedAttentionConditioner(4, filters=8, num_blocks=1)
    >>> network(tf.zeros([2, 3, 3, 1])).shape
    TensorShape([2, 3, 3, 4])

    Reference:
        Ho et al., 2019, section 3.3, https://arxiv.org/abs/1902.00275
    """

    def __init__(
        self,
        channels: int,
        filters: int = 96,
        num_blocks: int = 10,
        *,
        num_heads: int = 4,
        activation: str = "elu",
        **kwargs,
    ):
        super().__init__(**kwargs)
        if filters % num_heads:
            raise ValueError(
                "GatedAttentionConditioner shares its filters out among the heads. "
                f"Received: filters={filters}, num_heads={num_heads}."
            )
        self.channels = channels
        self.filters = filters
        self.num_blocks = num_blocks
        self.num_heads = num_heads
        self.activation = activation
        self.first = self._convolution(filters)
        repeat = range(num_blocks)
        dtype = self.dtype_policy
        self.convolutions = [self._convolution(filters) for _ in repeat]
        self.attentions = [
            keras.layers.MultiHeadAttention(
                num_heads, filters // num_heads, dtype=dtype
            )
            for _ in repeat
        ]
        # Two for each block: after the convolution, and after the attention.
        self.gates = [self._convolution(2 * filters, 1) for _ in range(2 * num_blocks)]
        self.norms = [
            keras.layers.LayerNormalization(dtype=dtype) for _ in range(2 * num_blocks)
        ]
        self.out = self._convolution(channels, kernel_initializer="zeros")

    def _convolution(self, filters, kernel_size=3, **kwargs):
        return keras.layers.Conv2D(
            filters, kernel_size, padding="same", dtype=self.dtype_policy, **kwargs
        )

    def build(self, x_shape, context_shape=None):
        context_size = context_shape[-1] if context_shape is not None else 0
        size, n = tuple(x_shape[:-1]), self.filters
        self.positions = self.add_weight(
            (*size[1:], n),
            keras.initializers.RandomNormal(stddev=0.01),
            name="positions",
        )
        self.first.build((*size, x_shape[-1] + context_size))
        for i in range(self.num_blocks):
            self.convolutions[i].build((*size, 2 * n))
            self.attentions[i].build((None, None, n), (None, None, n))
            self.gates[2 * i].build((*size, 2 * n))
            self.gates[2 * i + 1].build((*size, n))
        for norm in self.norms:
            norm.build((*size, n))
        self.out.build((*size, 2 * n))

    def call(self, x, context=None):
        h = self.first(with_context(x, context))  # [B, H, W, filters]
        for i in range(self.num_blocks):
            step = self._both(self.convolutions[i](self._both(h)))
            h = self._gated_sum(2 * i, h, step)
            step = self._attend(self.attentions[i], h + self.positions)
            h = self._gated_sum(2 * i + 1, h, step)
        return self.out(self._both(h))

    def _attend(self, attention, h):
        pixels = tf.reshape(h, [tf.shape(h)[0], -1, self.filters])  # [B, H * W, F]
        return tf.reshape(attention(pixels, pixels), tf.shape(h))

    def _gated_sum(self, i, h, step):
        value, gate = tf.split(self.gates[i](step), 2, axis=-1)
        return self.norms[i](h + value * tf.sigmoid(gate))

    def _both(self, h):
        activation = keras.activations.get(self.activation)
        return activation(tf.concat([h, -h], axis=-1))

    def get_config(self):
        return {
            **super().get_config(),
            "channels": self.channels,
            "filters": self.filters,
            "num_blocks": self.num_blocks,
            "num_heads": self.num_heads,
            "activation": self.activation,
        }
