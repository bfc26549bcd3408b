"""The two streams of a PixelCNN++ at one resolution, and all lower ones."""

import keras
import tensorflow as tf

from .down_block import DownBlock
from .down_conv import DownConv
from .down_right_block import DownRightBlock, put, row_of, turned
from .down_right_conv import DownRightConv


class PixelStreams(keras.layers.Layer):
    """Blocks on the way down, the lower resolutions, and blocks on the way up.

    On the way up each block sees what its counterpart on the way down was given, a
    short-cut past the lower resolutions. These see a pixel of theirs once its upper
    left one of four is there, and reach the four afterwards: they are behind, never
    ahead. By steps they are computed at each second row and column only.

    Args:
        filters: int. Width of both streams.
        num_blocks: int. Blocks of each resolution, on the way down.
        num_resolutions: int. Resolutions from here on.
        dropout: float in [0, 1).
        seed: None or int. Of the dropout.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        down: `[B, H, W, filters]` floats, the stream of whole rows.
        right: `[B, H, W, filters]` floats, the stream down and to the right.
        context: None, or `[B, D]` floats.

    Returns:
        Both streams.
    """

    def __init__(
        self,
        filters: int,
        num_blocks: int,
        num_resolutions: int,
        dropout: float,
        seed,
        **kwargs,
    ):
        super().__init__(**kwargs)
        policy = {"dtype": self.dtype_policy}

        def blocks(kind, count, num_sides, start):
            return [
                kind(filters, num_sides, dropout, _seed(seed, start + i), **policy)
                for i in range(count)
            ]

        self.filters = filters
        last = num_resolutions == 1
        num_up = num_blocks if last else num_blocks + 1
        self.down_in = blocks(DownBlock, num_blocks, 0, 0)
        self.right_in = blocks(DownRightBlock, num_blocks, 1, 100)
        self.down_out = blocks(DownBlock, num_up, 1, 200)
        self.right_out = blocks(DownRightBlock, num_up, 2, 300)
        self.lower = None
        if not last:
            rest = (num_resolutions - 1, dropout, _seed(seed, 1000))
            self.lower = PixelStreams(filters, num_blocks, *rest, **policy)
            self.shrink_down = DownConv(filters, strides=2, **policy)
            self.shrink_right = DownRightConv(filters, strides=2, **policy)
            self.grow_down = keras.layers.Dense(4 * filters, **policy)
            self.grow_right = keras.layers.Dense(4 * filters, **policy)

    def build(self, x_shape, context_shape=None):
        self.width = x_shape[2]
        for blocks in (self.down_in, self.right_in, self.down_out, self.right_out):
            for block in blocks:
                block.build(x_shape, context_shape)
                block.built = True
        if self.lower is not None:
            half = (None, x_shape[1] // 2, x_shape[2] // 2, self.filters)
            for shrink in (self.shrink_down, self.shrink_right):
                shrink.build(x_shape)
            for grow in (self.grow_down, self.grow_right):
                grow.build(half)
            self.lower.build(half, context_shape)
            self.lower.built = True

    # === All positions at once ===
    def call(self, down, right, context=None):
        downs, rights = [down], [right]
        for down_block, right_block in zip(self.down_in, self.right_in, strict=True):
            downs.append(down_block(downs[-1], (), context))
            rights.append(right_block(rights[-1], (downs[-1],), context))
        if self.lower is None:
            down, right = downs.pop(), rights.pop()
        else:
            low = self.shrink_down(downs[-1]), self.shrink_right(rights[-1])
            down, right = self.lower(*low, context)
            down = tf.nn.depth_to_space(self.grow_down(down), 2)
            right = tf.nn.depth_to_space(self.grow_right(right), 2)
        for down_block, right_block in zip(self.down_out, self.right_out, strict=True):
            down = down_block(down, (downs.pop(),), context)
            right = right_block(right, (down, rights.pop()), context)
        return down, right

    # === Step by step ===
    def init_cache(self, zeros):
        """Returns what is known before the first row.

        Args:
            zeros: function from an int to zeros of shape `[B, that]`.
        """
        two, one = zeros(2 * self.filters), zeros(self.filters)
        row = turned(row_of(two, self.width))
        cache = {
            "down_in": [(row, row) for _ in self.down_in],
            "down_out": [(row, row) for _ in self.down_out],
            "right_in": [b.init_cache(zeros, self.width) for b in self.right_in],
            "right_out": [b.init_cache(zeros, self.width) for b in self.right_out],
        }
        if self.lower is None:
            return cache
        half, four = self.width // 2, zeros(4 * self.filters)
        return {
            **cache,
            "lower": self.lower.init_cache(zeros),
            "down": turned(row_of(one, self.width)),
            "right": row_of(one, self.width + 1),
            "above": row_of(one, half),
            "grown_down": turned(row_of(four, half)),
            "grown_right": row_of(four, half),
        }

    def start_row(self, down, cache, row, context=None):
        """Computes a row of the stream of whole rows, and readies the other one.

        Args:
            down: `[B, W, filters]` floats.
            cache: what `init_cache` or the last step returned.
            row: int tensor.
            context: None, or `[B, D]` floats.

        Returns:
            `[B, W, filters]` floats, and the cache.
        """
        cache, downs = {name: _copy(part) for name, part in cache.items()}, [down]

        def take(way, i, down, sides):
            down_block = getattr(self, f"down_{way}")[i]
            right_block = getattr(self, f"right_{way}")[i]
            kept, ready = cache[f"down_{way}"], cache[f"right_{way}"]
            down, kept[i] = down_block.row(down, kept[i], sides, context)
            ready[i] = right_block.start_row(ready[i], down, context)
            return down

        for i in range(len(self.down_in)):
            downs.append(take("in", i, downs[-1], ()))
        if self.lower is None:
            down = downs.pop()
        else:
            down = self._start_lower_row(downs[-1], cache, row, context)
        for i in range(len(self.down_out)):
            down = take("out", i, down, (downs.pop(),))
        return down, cache

    def _start_lower_row(self, down, cache, row, context):
        """The lower resolutions' row, as it stands here; writes to the cache."""

        def new():
            low = self.shrink_down.row(cache["down"], down)
            low, lower = self.lower.start_row(low, cache["lower"], row // 2, context)
            above = self.shrink_right.above(turned(cache["right"][1:]))
            return self.grow_down(low), turned(above), lower

        def kept():
            return cache["grown_down"], cache["above"], cache["lower"]

        grown, cache["above"], cache["lower"] = tf.cond(_is_even(row), new, kept)
        cache["grown_down"], cache["down"] = grown, down
        shape = [-1, self.width // 2, 2, 2 * self.filters]
        grown = tf.gather(tf.reshape(grown, shape), row % 2, axis=2)
        return tf.reshape(grown, [-1, self.width, self.filters])

    def step(self, right, cache, position):
        """Computes a pixel of the stream down and to the right.

        Args:
            right: `[B, filters]` floats.
            cache: what `start_row` or the last step returned.
            position: pair of int tensors, the row and the column.

        Returns:
            `[B, filters]` floats, and the cache.
        """
        cache, rights = {name: _copy(part) for name, part in cache.items()}, [right]
        column = position[1]
        for i, block in enumerate(self.right_in):
            kept = cache["right_in"]
            right, kept[i] = block.step(rights[-1], kept[i], column)
            rights.append(right)
        if self.lower is None:
            right = rights.pop()
        else:
            right = self._step_lower(rights[-1], cache, position)
        for i, block in enumerate(self.right_out):
            kept = cache["right_out"]
            right, kept[i] = block.step(right, kept[i], column, (rights.pop(),))
        return right, cache

    def _step_lower(self, right, cache, position):
        """The lower resolutions' pixel, as it stands here; writes to the cache."""
        row, column = position

        def new():
            low = self.shrink_right.here(cache["right"][column], right)
            low += cache["above"][column // 2]
            half = (row // 2, column // 2)
            low, lower = self.lower.step(low, cache["lower"], half)
            return put(cache["grown_right"], half[1], self.grow_right(low)), lower

        def kept():
            return cache["grown_right"], cache["lower"]

        first_of_four = _is_even(row) & _is_even(column)
        cache["grown_right"], cache["lower"] = tf.cond(first_of_four, new, kept)
        cache["right"] = put(cache["right"], column + 1, right)
        four = tf.reshape(cache["grown_right"][column // 2], [-1, 4, self.filters])
        return tf.gather(four, 2 * (row % 2) + column % 2, axis=1)


def _seed(seed, offset):
    return None if seed is None else seed + offset


def _copy(part):
    return list(part) if isinstance(part, list) else part


def _is_even(index):
    return tf.equal(index % 2, 0)
