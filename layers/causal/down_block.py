"""A block of the stream that runs down whole rows."""

from .down_conv import DownConv
from .stream_block import StreamBlock, both_halves


class DownBlock(StreamBlock):
    """A `StreamBlock` that sees whole rows, up to its own; by steps, a row at a time.

    Args:
        *args: `filters`, `num_sides`, `dropout` and `seed`, as for `StreamBlock`.
        **kwargs: passed on to `keras.layers.Layer`.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(DownConv, *args, **kwargs)

    def row(self, x, cache, sides=(), context=None):
        """Computes a row.

        Args:
            x: `[B, W, filters]` floats.
            cache: the inputs of both convolutions at the row above, zeros at first.
            sides: sequence of rows.
            context: None, or `[B, D]` floats.

        Returns:
            `[B, W, filters]` floats, and the cache.
        """
        first = both_halves(x)
        c = self.first.row(cache[0], first) + self.of_sides(sides)
        second = both_halves(c)
        c = self.second.row(cache[1], second) + self.context_shift(context, 3)
        return x + self.gate(c), (first, second)
