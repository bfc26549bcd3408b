"""Two recurrences along the diagonals, one from each side."""

import keras
import tensorflow as tf

from .causal_layer import CausalLayer
from .lstm_gates import lstm_gates

_SIDES = ("left", "right")


@keras.saving.register_keras_serializable(package="genkeras")
class DiagonalBiLSTM(CausalLayer):
    """Two LSTMs over the image, one from the left and one from the right.

    That from the left takes the states of the pixel to its left and of the one above,

        o, f, i, g = W_x x_(r, c) + W_left h_(r, c - 1) + W_above h_(r - 1, c)

    and the cell from the left; that from the right is its mirror image, moved down by
    one row, so that it sees no pixel that is still to come. Their sum sees all of the
    past. All pixels of a diagonal are computed at once: `H + W - 1` steps.

    By steps, the LSTM from the left takes one pixel; that from the right goes over the
    row above once that is whole.

    Args:
        units: int. Width of the states.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats.
        context: None, or `[B, D]` floats, added to the gates of every pixel.

    Returns:
        `[B, H, W, units]` floats.

    Example:
    >>> layer = DiagonalBiLSTM(4)
    >>> layer(tf.zeros([2, 5, 7, 3])).shape, layer.sees_itself
    (TensorShape([2, 5, 7, 4]), True)

    Reference:
        van den Oord et al., 2016, section 3.2, https://arxiv.org/abs/1601.06759
    """

    def __init__(self, units: int, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, x_shape, context_shape=None):
        self.height, self.width, channels = x_shape[1:]
        gates = 4 * self.units
        shapes = {"input": (channels, gates), "state": (2 * self.units, gates)}
        self.kernels, self.biases = {}, {}
        for side in _SIDES:
            for name, shape in shapes.items():
                self.kernels[f"{side}_{name}"] = self.add_weight(
                    shape, "glorot_uniform", name=f"{side}_{name}_kernel"
                )
            self.biases[side] = self.add_weight((gates,), "zeros", name=f"{side}_bias")
        self.project = None
        if context_shape is not None:
            self.project = keras.layers.Dense(
                2 * gates, use_bias=False, dtype=self.dtype_policy
            )
            self.project.build(context_shape)

    def call(self, x, context=None):
        x = self.cast(x)
        left = self._scan("left", self._given("left", x, context))
        mirrored = self._given("right", x[:, :, ::-1], context)
        right = self._scan("right", mirrored)[:, :, ::-1]
        return left + tf.pad(right, [[0, 0], [1, 0], [0, 0], [0, 0]])[:, :-1]

    def _given(self, side, x, context):
        """What input and context add to the gates of a side: `[..., 4 U]`."""
        gates = tf.tensordot(x, self.cast(self.kernels[f"{side}_input"]), 1)
        gates += self.cast(self.biases[side])
        if self.project is None:
            return gates
        added = tf.split(self.project(context), 2, axis=-1)[_SIDES.index(side)]
        return gates + tf.reshape(
            added, [-1, *[1] * (x.shape.rank - 2), gates.shape[-1]]
        )

    def _cell(self, side, given, h, h_above, c):
        kernel = self.cast(self.kernels[f"{side}_state"])
        states = tf.concat([h, h_above], axis=-1)
        return lstm_gates(given + tf.matmul(states, kernel), c)

    def _scan(self, side, given):
        """Runs down the diagonals of `[B, H, W, 4 U]`."""
        height, width = self.height, self.width
        count = height + width - 1
        # Row r moves to the right by r, so that diagonals are columns.
        padded = tf.pad(given, [[0, 0], [0, 0], [0, height], [0, 0]])
        flat = tf.reshape(padded, [-1, height * (width + height), 4 * self.units])
        skewed = tf.reshape(
            flat[:, : height * count], [-1, height, count, 4 * self.units]
        )
        columns = tf.transpose(skewed, [2, 0, 1, 3])  # [D, B, H, 4U]
        place = tf.range(count)[:, None] - tf.range(height)
        inside = self.cast((place >= 0) & (place < width))[:, None, :, None]

        def step(state, column):
            h, c = state
            above = tf.pad(h, [[0, 0], [1, 0], [0, 0]])[:, :-1]
            h, c = self._cell(side, column[0], h, above, c)
            return h * column[1], c * column[1]  # there is nothing beside the image

        start = self.zeros(tf.shape(given)[0], height, self.units)
        h = tf.scan(step, (columns, inside), (start, start))[0]
        flat = tf.reshape(
            tf.transpose(h, [1, 2, 0, 3]), [-1, height * count, self.units]
        )
        flat = tf.pad(flat, [[0, 0], [0, height], [0, 0]])
        return tf.reshape(flat, [-1, height, width + height, self.units])[:, :, :width]

    # === Step by step ===
    def init_cache(self, batch_size):
        row = self.zeros(self.width, batch_size, self.units)
        one = self.zeros(batch_size, self.units)
        given = self.zeros(self.width, batch_size, 4 * self.units)
        return {
            "h": one,
            "c": one,
            "row": row,  # states from the left of this row, as far as it is known
            "above": row,  # and of the one above
            "right": row,  # states from the right of the row above
            "given": given,  # what this row adds to the gates from the right
        }

    def start_row(self, cache, row, context=None):
        # The row above is whole: from its right end to its left.
        steps = tf.reverse(cache["given"], [0])
        zeros = tf.zeros_like(cache["h"])

        def move(state, pixel):
            (h, c), (given, h_above) = state, pixel
            return self._cell("right", given, h, h_above, c)

        pixels = (steps, tf.reverse(cache["right"], [0]))
        states = tf.scan(move, pixels, (zeros, zeros))
        # Above the first row there is none.
        right = self.cast(row > 0) * tf.reverse(states[0], [0])
        return {
            **cache,
            "h": zeros,
            "c": zeros,
            "row": tf.zeros_like(cache["row"]),
            "above": cache["row"],
            "right": right,
        }

    def step(self, x, cache, position, context=None):
        x, column = self.cast(x), position[1]
        given = self._given("left", x, context)
        h, c = self._cell("left", given, cache["h"], cache["above"][column], cache["c"])
        place = tf.reshape(column, [1, 1])
        mirrored = self._given("right", x, context)[None]
        kept = {
            "h": h,
            "c": c,
            "row": tf.tensor_scatter_nd_update(cache["row"], place, h[None]),
            "given": tf.tensor_scatter_nd_update(cache["given"], place, mirrored),
        }
        return h + cache["right"][column], {**cache, **kept}

    def compute_output_shape(self, x_shape, context_shape=None):
        return (*x_shape[:-1], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units}
