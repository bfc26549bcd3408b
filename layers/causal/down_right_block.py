"""A block of the stream that runs down and to the right."""

import tensorflow as tf

from .down_right_conv import DownRightConv
from .stream_block import StreamBlock, both_halves


class DownRightBlock(StreamBlock):
    """A `StreamBlock` that sees the pixels up to its own; by steps, one at a time.

    Its first side is the stream of whole rows, which `start_row` adds once a row.

    Args:
        *args: `filters`, `num_sides`, `dropout` and `seed`, as for `StreamBlock`.
        **kwargs: passed on to `keras.layers.Layer`.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(DownRightConv, *args, **kwargs)

    def init_cache(self, zeros, width):
        """Returns what is known before the first row.

        Args:
            zeros: function from an int to zeros of shape `[B, that]`.
            width: int. Columns of the image.
        """
        return {
            "rows": tuple(row_of(zeros(2 * self.filters), width + 1) for _ in range(2)),
            "above": (
                row_of(zeros(self.filters), width),
                row_of(zeros(2 * self.filters), width),
            ),
        }

    def start_row(self, cache, side, context=None):
        """Takes what the row above, the other stream and the context add to a row.

        Args:
            cache: what `init_cache` or the last call returned.
            side: `[B, W, filters]` floats, the other stream's row.
            context: None, or `[B, D]` floats.
        """
        first, second = (turned(row[1:]) for row in cache["rows"])
        first = self.first.above(first) + self.of_sides([side])
        second = self.second.above(second) + self.context_shift(context, 3)
        return {**cache, "above": (turned(first), turned(second))}

    def step(self, x, cache, column, sides=()):
        """Computes a pixel.

        Args:
            x: `[B, filters]` floats.
            cache: what `start_row` or the last call returned.
            column: int tensor.
            sides: sequence of such pixels, of all sides but the first.

        Returns:
            `[B, filters]` floats, and the cache.
        """
        (first_row, second_row), (first_above, second_above) = (
            cache["rows"],
            cache["above"],
        )
        first = both_halves(x)
        c = first_above[column] + self.first.here(first_row[column], first)
        for layer, side in zip(self.sides[1:], sides, strict=True):
            c += layer(both_halves(side))
        second = both_halves(c)
        c = second_above[column] + self.second.here(second_row[column], second)
        rows = put(first_row, column + 1, first), put(second_row, column + 1, second)
        return x + self.gate(c), {**cache, "rows": rows}


# === Rows that are filled in, `[columns, B, C]` ===
def row_of(x, count):
    """Returns `count` columns of the same `[B, C]` numbers."""
    return tf.repeat(x[None], count, axis=0)


def put(row, column, x):
    """Returns a row with `[B, C]` numbers in one of its columns."""
    return tf.tensor_scatter_nd_update(row, tf.reshape(column, [1, 1]), x[None])


def turned(row):
    """Returns `[B, columns, C]` of `[columns, B, C]`, and the other way round."""
    return tf.transpose(row, [1, 0, 2])
