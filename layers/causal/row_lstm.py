"""A recurrence from row to row, over whole rows at once."""

import keras
import tensorflow as tf

from .causal_layer import CausalLayer
from .lstm_gates import lstm_gates


@keras.saving.register_keras_serializable(package="genkeras")
class RowLSTM(CausalLayer):
    """An LSTM whose time runs down the rows, and whose products are convolutions.

        o, f, i, g = K_is * x_row + K_ss * h_(row - 1)
        c_row = sigmoid(f) c_(row - 1) + sigmoid(i) tanh(g)
        h_row = sigmoid(o) tanh(c_row)

    Both kernels lie along the row; that of the input is masked, and sees the pixel and
    those to its left. What a pixel sees of the past widens upwards by half a kernel a
    row: a triangle, and not all of it.

    By steps, what the row above contributes is computed once a row.

    Args:
        units: int. Width of the state.
        kernel_size: int, odd.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats.
        context: None, or `[B, D]` floats, added to the gates of every pixel.

    Returns:
        `[B, H, W, units]` floats.

    Raises:
        ValueError: for an even `kernel_size`.

    Example:
    >>> layer = RowLSTM(4)
    >>> layer(tf.zeros([2, 5, 7, 3])).shape, layer.sees_itself
    (TensorShape([2, 5, 7, 4]), True)

    Reference:
        van den Oord et al., 2016, section 3.1, https://arxiv.org/abs/1601.06759
    """

    def __init__(self, units: int, *, kernel_size: int = 3, **kwargs):
        super().__init__(**kwargs)
        if kernel_size % 2 == 0:
            raise ValueError(
                f"RowLSTM takes an odd kernel_size. Received: {kernel_size}."
            )
        self.units = units
        self.kernel_size = kernel_size

    def build(self, x_shape, context_shape=None):
        self.width, self.channels = x_shape[2:]
        gates, half = 4 * self.units, self._half
        self.input_kernel = self.add_weight(
            (half + 1, self.channels, gates), "glorot_uniform", name="input_kernel"
        )
        self.state_kernel = self.add_weight(
            (self.kernel_size, self.units, gates), "glorot_uniform", name="state_kernel"
        )
        self.bias = self.add_weight((gates,), "zeros", name="bias")
        self.project = None
        if context_shape is not None:
            self.project = keras.layers.Dense(
                gates, use_bias=False, dtype=self.dtype_policy
            )
            self.project.build(context_shape)

    @property
    def _half(self):
        return self.kernel_size // 2

    def _of_context(self, context):
        return 0.0 if self.project is None else self.project(context)

    def call(self, x, context=None):
        padding = [[0, 0], [0, 0], [self._half, 0], [0, 0]]
        kernel = self.cast(self.input_kernel)[None]
        given = tf.nn.conv2d(self.cast(x), kernel, strides=1, padding=padding)
        given += self.cast(self.bias)
        if self.project is not None:
            given += self._of_context(context)[:, None, None]
        start = self.zeros(tf.shape(x)[0], self.width, self.units)
        rows = tf.scan(
            lambda state, row: lstm_gates(row + self._of_above(state[0]), state[1]),
            tf.transpose(given, [1, 0, 2, 3]),  # [H, B, W, 4U]
            (start, start),
        )
        return tf.transpose(rows[0], [1, 0, 2, 3])

    def _of_above(self, h):
        """What the states of a row add to the gates of the next one: `[B, W, 4U]`."""
        return tf.nn.conv1d(h, self.cast(self.state_kernel), 1, "SAME")

    # === Step by step ===
    def init_cache(self, batch_size):
        row = self.zeros(self.width, batch_size, self.units)
        return {
            "left": self.zeros(batch_size, self._half * self.channels),
            "h": row,
            "c": row,
            "above": self.zeros(self.width, batch_size, 4 * self.units),
            "c_above": row,
        }

    def start_row(self, cache, row, context=None):
        above = self._of_above(tf.transpose(cache["h"], [1, 0, 2]))
        zeros = tf.zeros_like(cache["h"])
        return {
            "left": tf.zeros_like(cache["left"]),
            "h": zeros,
            "c": zeros,
            "above": tf.transpose(above, [1, 0, 2]),
            "c_above": cache["c"],
        }

    def step(self, x, cache, position, context=None):
        window = tf.concat([cache["left"], self.cast(x)], axis=-1)
        kernel = tf.reshape(self.cast(self.input_kernel), [-1, 4 * self.units])
        gates = tf.matmul(window, kernel) + self.cast(self.bias)
        gates += cache["above"][position[1]] + self._of_context(context)
        h, c = lstm_gates(gates, cache["c_above"][position[1]])
        place = tf.reshape(position[1], [1, 1])
        kept = {
            "left": window[:, self.channels :],
            "h": tf.tensor_scatter_nd_update(cache["h"], place, h[None]),
            "c": tf.tensor_scatter_nd_update(cache["c"], place, c[None]),
        }
        return h, {**cache, **kept}

    def compute_output_shape(self, x_shape, context_shape=None):
        return (*x_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "kernel_size": self.kernel_size,
        }
