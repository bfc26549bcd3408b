"""A row of numbers for each combination of parents."""

import math

import keras
import numpy as np
import tensorflow as tf

from .graph_layer import GraphLayer

# Above it, a network in the table's place learns what a table could only store.
_MOST_ROWS = 10_000_000


@keras.saving.register_keras_serializable(package="genkeras")
class GraphTables(GraphLayer):
    """Looks up numbers for each entry of a vector by the levels of its parents.

        y_p = table_p[x_q for q in parents_p]

    An entry without parents has one row. All tables are one weight, `[rows, units]`,
    which starts at zero: `start(p)` is where that of an entry begins, and the level of
    its last parent counts fastest.

    Args:
        units: int. Numbers for each entry.
        parents: for each entry the earlier ones that it sees.
        levels: sequence of int. How many levels each entry has.
        **kwargs: as for `GraphLayer`.

    Call arguments:
        x: `[B, T, 1]` whole numbers.
        context: ignored.

    Returns:
        `[B, T, units]` floats, in the precision of the weights.

    Raises:
        ValueError: as `GraphLayer` does, and for tables of more than 10 million rows.

    Example:
    >>> layer = GraphTables(1, parents=[(), (0,)], levels=[2, 2])
    >>> layer.build((None, 2, 1))
    >>> layer.table.assign([[7.0], [8.0], [9.0]]).shape
    TensorShape([3, 1])
    >>> layer(tf.constant([[[1], [0]]]))[0, :, 0].numpy()
    array([7., 9.], dtype=float32)
    """

    def build(self, x_shape, context_shape=None):
        self._check_shape(x_shape)
        sizes = [self.num_rows(place) for place in range(len(self.parents))]
        if sum(sizes) > _MOST_ROWS:
            raise ValueError(
                f"GraphTables hold at most {_MOST_ROWS} rows, one for each combination "
                f"of parents. Received: {sum(sizes)}. Take fewer parents, or networks."
            )
        self._starts = np.cumsum([0, *sizes[:-1]]).astype("int32")
        self._strides = np.zeros_like(self._padded)
        for place, own in enumerate(self.parents):
            for i in range(len(own)):
                after = [self.levels[q] for q in own[i + 1 :]]
                self._strides[place, i] = math.prod(after)
        self.table = self.add_weight(
            (sum(sizes), self.units), "zeros", name="table", autocast=False
        )

    def num_rows(self, place: int) -> int:
        """Returns how many rows an entry has: combinations of its parents."""
        return math.prod(self.levels[q] for q in self.parents[place])

    def start(self, place: int) -> int:
        """Returns the first row of an entry."""
        return int(self._starts[place])

    def _rows(self, seen, position=None):
        starts, strides = tf.constant(self._starts), tf.constant(self._strides)
        if position is not None:
            starts = tf.gather(starts, [position])
            strides = tf.gather(strides, [position])
        return starts + tf.reduce_sum(seen * strides, axis=-1)

    def _answer(self, seen, position=None):
        # Not cast: nothing is computed here that half precision would speed up.
        return tf.gather(tf.convert_to_tensor(self.table), self._rows(seen, position))
