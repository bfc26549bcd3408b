"""Attention to earlier positions, with its keys and values kept."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from .causal_layer import CausalLayer


@keras.saving.register_keras_serializable(package="genkeras")
class CausalAttention(CausalLayer):
    """Scaled dot-product attention of each position to those up to it.

        y_t = W_o concat_h sum_(s <= t) softmax_s(q_t k_s / sqrt(d)) v_s

    Keras's `MultiHeadAttention` computes whole sequences alone: stepping with it costs
    a pass for each position. Here a step computes one query, key and value, and keeps
    the last two.

    Args:
        num_heads: int. Divides the width of the input.
        window: None for all earlier positions, or how many of the last ones, the
            position itself among them, are attended to. Of an image in reading order,
            whose rows are `row_length` long, a pair: how many rows, the own one among
            them, and how many columns to either side.
        row_length: None, or int.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, T, C]` floats, `T` at most what the layer was built with.
        context: ignored.

    Returns:
        `[B, T, C]` floats.

    Raises:
        ValueError: at `build`, for a width that the heads do not divide.

    Example:
    >>> CausalAttention(2)(tf.zeros([3, 5, 8])).shape
    TensorShape([3, 5, 8])

    Reference:
        Vaswani et al., 2017, section 3.2, https://arxiv.org/abs/1706.03762
    """

    def __init__(
        self,
        num_heads: int,
        *,
        window: int | Sequence[int] | None = None,
        row_length: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        pair = isinstance(window, Sequence)
        sizes = [num_heads, *(window[:1] if pair else [window or 1])]
        if window == 0 or min(sizes) < 1 or pair != (row_length is not None):
            raise ValueError(
                "CausalAttention takes positive sizes, and a pair as window= together "
                f"with row_length=. Received: num_heads={num_heads}, window={window}, "
                f"row_length={row_length}."
            )
        self.num_heads = num_heads
        self.window = tuple(window) if pair else window
        self.row_length = row_length

    def build(self, x_shape, context_shape=None):
        self.length, self.channels = x_shape[1:]
        if self.channels % self.num_heads:
            raise ValueError(
                f"The {self.num_heads} heads of CausalAttention must divide the width "
                f"of its input. Received: {self.channels}."
            )
        self.head_size = self.channels // self.num_heads
        self.project = keras.layers.Dense(3 * self.channels, dtype=self.dtype_policy)
        self.out = keras.layers.Dense(self.channels, dtype=self.dtype_policy)
        self.project.build(x_shape)
        self.out.build(x_shape)

    def _split(self, x):
        """Queries, keys and values, `[..., heads, d]` each."""
        parts = tf.split(self.project(x), 3, axis=-1)
        shape = tf.concat([tf.shape(x)[:-1], [self.num_heads, self.head_size]], axis=0)
        queries, keys, values = (tf.reshape(part, shape) for part in parts)
        return queries * self.head_size**-0.5, keys, values

    def _weights(self, scores, query, key):
        seen = key <= query
        if self.row_length is not None:
            rows, columns = self.window
            width = self.row_length
            seen &= key // width > query // width - rows
            seen &= tf.abs(key % width - query % width) <= columns
        elif self.window is not None:
            seen &= key > query - self.window
        scores = tf.where(seen, tf.cast(scores, tf.float32), -1e9)
        return self.cast(tf.nn.softmax(scores))

    def call(self, x, context=None):
        queries, keys, values = self._split(x)
        scores = tf.einsum("bthd,bshd->bhts", queries, keys)
        places = tf.range(tf.shape(x)[1])
        weights = self._weights(scores, places[:, None], places)
        y = tf.einsum("bhts,bshd->bthd", weights, values)
        return self.out(tf.reshape(y, tf.shape(x)))

    def init_cache(self, batch_size):
        # As products over whole batches take them: a transposed copy of all that is
        # kept would cost each step many times its arithmetic.
        shape = (batch_size * self.num_heads, self.length, self.head_size)
        return {"keys": self.zeros(*shape), "values": self.zeros(*shape)}

    def step(self, x, cache, position, context=None):
        parts = [tf.reshape(part, [-1, self.head_size]) for part in self._split(x)]
        query, key, value = parts  # [B * heads, d]
        keys = self._keep(cache["keys"], key, position)
        values = self._keep(cache["values"], value, position)
        scores = tf.matmul(query[:, None], keys, transpose_b=True)  # [B * heads, 1, T]
        weights = self._weights(scores, position, tf.range(self.length))
        y = self.out(tf.reshape(tf.matmul(weights, values), tf.shape(x)))
        return y, {"keys": keys, "values": values}

    def _keep(self, cache, new, position):
        """The cache with a row of each head in its place."""
        place = tf.range(tf.shape(new)[0]) * self.length + position
        flat = tf.reshape(cache, [-1, self.head_size])
        flat = tf.tensor_scatter_nd_update(flat, place[:, None], new)
        return tf.reshape(flat, [-1, self.length, self.head_size])

    def compute_output_shape(self, x_shape, context_shape=None):
        return x_shape

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "window": self.window,
            "row_length": self.row_length,
        }
