"""Gated convolutions and self-attention, the conditioner of Flow++."""

import keras
import tensorflow as tf

from .image_context import with_context


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
        self.blocks = [self._make_block() for _ in range(num_blocks)]
        self.out = self._convolution(channels, kernel_initializer="zeros")

    def _make_block(self):
        dtype = self.dtype_policy
        return {
            "convolution": self._convolution(self.filters),
            "convolution_gate": self._convolution(2 * self.filters, 1),
            "convolution_norm": keras.layers.LayerNormalization(dtype=dtype),
            "attention": keras.layers.MultiHeadAttention(
                self.num_heads, self.filters // self.num_heads, dtype=dtype
            ),
            "attention_gate": self._convolution(2 * self.filters, 1),
            "attention_norm": keras.layers.LayerNormalization(dtype=dtype),
        }

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
        for block in self.blocks:
            block["convolution"].build((*size, 2 * n))
            block["convolution_gate"].build((*size, 2 * n))
            block["attention"].build((None, None, n), (None, None, n))
            block["attention_gate"].build((*size, n))
            block["convolution_norm"].build((*size, n))
            block["attention_norm"].build((*size, n))
        self.out.build((*size, 2 * n))

    def call(self, x, context=None):
        h = self.first(with_context(x, context))  # [B, H, W, filters]
        for block in self.blocks:
            step = self._both(block["convolution"](self._both(h)))
            h = block["convolution_norm"](h + _gate(block["convolution_gate"](step)))
            step = self._attend(block["attention"], h + self.positions)
            h = block["attention_norm"](h + _gate(block["attention_gate"](step)))
        return self.out(self._both(h))

    def _attend(self, attention, h):
        pixels = tf.reshape(h, [tf.shape(h)[0], -1, self.filters])  # [B, H * W, F]
        return tf.reshape(attention(pixels, pixels), tf.shape(h))

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


def _gate(h):
    value, gate = tf.split(h, 2, axis=-1)
    return value * tf.sigmoid(gate)
