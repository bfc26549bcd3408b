"""The slow direction of an autoregressive flow, at the cost of about one dense pass."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

tfb = tfp.bijectors

# What one step computes by itself: below this, more units a step cost nothing.
_UNITS_PER_BLOCK = 64
# Up to so many repeats of a whole network are written out: a loop of few is slower.
_WRITTEN_OUT = 4


def autoregressive_solve(
    made, x, context, transformer_fn: Callable[[tf.Tensor], tfb.Bijector]
) -> tuple[tf.Tensor, tfb.Bijector | None]:
    """Finds the `y` with `y = transformer_fn(made(y, context)).forward(x)`.

    Calling the whole network once for each feature costs `D` dense passes. Here
    features and hidden units are sorted into blocks by degree. What a block takes from
    the blocks before it is computed once: over all blocks, one dense pass. Inside a
    block of `b` features `y <- g(x; network(y))` is repeated `b` times over the block's
    own few units. No output depends on itself, so the first repeat makes the first
    feature right, whatever it began with, the second the second, and the last is the
    solution itself and not an approximation. Gradients are those of the repeats, which
    are the solution's for the same reason. A network so small that one block holds all
    of it is repeated as it is.

    Args:
        made: a built `MaskedMLP`.
        x: `[..., D]` floats.
        context: None, or floats that broadcast to `[..., C]`.
        transformer_fn: callable from parameters `[..., b, P]` to a bijector of `b`
            features that acts entry by entry.

    Returns:
        `y`, `[..., D]` floats, and the transformer that maps all of `x` to it, or None
        where a loop or blocks have left none.

    Example:
    >>> from genkeras.layers import MaskedMLP
    >>> made = MaskedMLP(num_outputs=1, hidden_units=(8,))
    >>> made.build((None, 3))
    >>> x = tf.ones([2, 3])
    >>> shift = lambda parameters: tfp.bijectors.Shift(parameters[..., 0])
    >>> y, _ = autoregressive_solve(made, x, None, shift)
    >>> bool(tf.reduce_max(abs(y - x - made(y)[..., 0])) < 1e-5)
    True
    """
    size = _block_size(made)
    if size == len(made.positions):
        return _repeat_whole(made, x, context, transformer_fn)
    blocks = _Blocks(made, size)
    flat = tf.reshape(x, [-1, blocks.features])  # [N, D]
    context = _flat_context(made, context, x)
    layers = [blocks.arrange(i, flat.dtype) for i in range(len(made.dense))]
    x_blocks = blocks.split_features(flat)  # [blocks, N, b]
    context_blocks = None if context is None else blocks.split_units(context)

    def step(i, known):
        totals = [
            tf.matmul(state, kernel[i]) + bias[i]
            for state, (kernel, _, bias) in zip(known, layers, strict=True)
        ]
        if context_blocks is not None:
            totals[0] += context_blocks[i]
        own = [local[i] for _, local, _ in layers]
        new = _solve_block(made, totals, own, x_blocks[i], transformer_fn)
        here = tf.one_hot(i, blocks.count, dtype=flat.dtype)[:, None]  # [blocks, 1]
        return i + 1, [
            state + tf.reshape(here * part[:, None], tf.shape(state))
            for state, part in zip(known, new, strict=True)
        ]

    start = [tf.zeros([tf.shape(flat)[0], width], flat.dtype) for width in blocks.sizes]
    _, (y, *_) = tf.while_loop(
        lambda i, _: i < blocks.count,
        step,
        (0, start),
        maximum_iterations=blocks.count,
    )
    y = tf.gather(y, blocks.place_of_feature, axis=-1)
    return tf.ensure_shape(tf.reshape(y, tf.shape(x)), x.shape), None


def _repeat_whole(made, x, context, transformer_fn):
    """Repeats the map as often as there are features."""
    features = len(made.positions)
    transformer = transformer_fn(_first_parameters(made, x, context))
    y = transformer.forward(x)
    if features > _WRITTEN_OUT:
        (y,) = tf.while_loop(
            lambda _: True,
            lambda y: [transformer_fn(made(y, context)).forward(x)],
            [y],
            maximum_iterations=features - 1,
        )
        return y, None
    for _ in range(features - 1):
        transformer = transformer_fn(made(y, context))
        y = transformer.forward(x)
    return y, transformer


def _first_parameters(made, x, context):
    """Parameters that are right for the first feature of the order."""
    if context is not None or len(made.positions) == 1:
        return made(tf.zeros_like(x), context)
    # It sees nothing, not even a hidden unit.
    bias = tf.cast(tf.convert_to_tensor(made.dense[-1].bias), x.dtype)
    bias = tf.reshape(bias, [-1, made.num_outputs])  # [D, P]
    return tf.broadcast_to(bias, tf.concat([tf.shape(x), [made.num_outputs]], axis=0))


def _solve_block(made, totals, own, x, transformer_fn):
    """Repeats the map on one block; returns its features and its hidden units."""

    def repeat(y, *_):
        parts, h = [], y
        for total, kernel in zip(totals[:-1], own[:-1], strict=True):
            h = made.activate(total + tf.matmul(h, kernel))
            parts.append(h)
        out = totals[-1] + tf.matmul(h, own[-1])
        out = tf.reshape(out, [-1, x.shape[-1], made.num_outputs])  # [N, b, P]
        return [transformer_fn(out).forward(x), *parts]

    size = x.shape[-1]
    start = [tf.zeros_like(x), *map(tf.zeros_like, totals[:-1])]
    if size == 1:
        return repeat(*start)
    return tf.while_loop(
        lambda *_: True, repeat, start, maximum_iterations=size, parallel_iterations=1
    )


def _flat_context(made, context, x):
    if made.context is None:
        return None
    term = tf.cast(made.context_term(context), x.dtype)
    shape = tf.concat([tf.shape(x)[:-1], [term.shape[-1]]], axis=0)
    return tf.reshape(tf.broadcast_to(term, shape), [-1, term.shape[-1]])


def _block_size(made):
    """How many features a block has."""
    features = len(made.positions)
    units = max(made.hidden_units) / features
    return min(features, max(1, round(_UNITS_PER_BLOCK / max(units, 1))))


class _Blocks:
    """Which features, units and outputs each block has; short blocks are padded."""

    def __init__(self, made, size):
        self.made = made
        self.features = len(made.positions)
        self.count = -(-self.features // size)
        block_of = made.positions // size
        # One table for what each layer reads and one, the next, for what it makes.
        self.tables = [
            _table(block_of[np.argsort(made.positions)], self.count),
            *(_table(degrees // size, self.count) for degrees in made.degrees),
        ]
        order = np.append(np.argsort(made.positions), self.features)
        self.tables[0] = order[self.tables[0]]  # places in the order to features
        self.sizes = [table.size for table in self.tables]
        flat = self.tables[0].ravel()
        self.place_of_feature = np.argsort(flat, kind="stable")[: self.features]

    def arrange(self, i, dtype):
        """Layer `i` as `[blocks, inputs, width]`, `[blocks, own, width]` and bias."""
        layer, reads = self.made.dense[i], self.tables[i]
        makes = self._outputs() if i + 1 == len(self.tables) else self.tables[i + 1]
        kernel = tf.pad(tf.cast(layer.masked_kernel(), dtype), [[0, 1], [0, 1]])
        kernel = tf.gather(tf.gather(kernel, reads.ravel()), makes.ravel(), axis=1)
        shape = [*reads.shape, *makes.shape]  # [blocks, own, blocks, width]
        kernel = tf.transpose(tf.reshape(kernel, shape), [2, 0, 1, 3])
        diagonal = np.stack([np.arange(self.count)] * 2, axis=-1)
        own = tf.gather_nd(kernel, diagonal)
        kernel = tf.reshape(kernel, [self.count, reads.size, makes.shape[1]])
        bias = tf.pad(tf.cast(tf.convert_to_tensor(layer.bias), dtype), [[0, 1]])
        return kernel, own, tf.gather(bias, makes)

    def _outputs(self):
        """The table of the last layer: `P` columns for each feature."""
        columns = self.made.num_outputs
        table = self.tables[0][..., None] * columns + np.arange(columns)
        padding = self.tables[0][..., None] == self.features
        table = np.where(padding, self.features * columns, table)
        return table.reshape(self.count, -1)

    def split_features(self, x):
        return self._split(x, self.tables[0])

    def split_units(self, h):
        return self._split(h, self.tables[1])

    def _split(self, values, table):
        padded = tf.pad(values, [[0, 0], [0, 1]])
        picked = tf.gather(padded, table.ravel(), axis=1)
        parts = tf.reshape(picked, [-1, *table.shape])  # [N, blocks, width]
        return tf.transpose(parts, [1, 0, 2])


def _table(block_of, count):
    """Lists the members of each block, padded with one past the last member."""
    members = [np.flatnonzero(block_of == i) for i in range(count)]
    width = max(1, *map(len, members))
    table = np.full([count, width], len(block_of))
    for row, found in zip(table, members, strict=True):
        row[: len(found)] = found
    return table
