"""The loops of a sampler, compiled, and kept for the next call."""

import collections
import functools

import tensorflow as tf

# Rows that XLA compiles for: of 65 on its steps are no faster than those of a graph.
SIZES = (1, 4, 16, 64)
_MOST = 8  # graphs that are kept; the one that was used longest ago goes


class CompiledFills:
    """Runs a loop over positions as a graph of any number of rows, or by XLA.

    XLA takes seconds to compile, and takes one size only. So rows are padded to the
    next of a few sizes, and more than the largest go through it in parts: a loop is
    compiled four times at most, whatever numbers are asked for. A row does not see the
    others, and its noise is given: padding changes no sample.

    Args:
        fill: function of a list of `[B, ...]` tensors and a list of scalars, and of
            `top_k=`, to a `[B, ...]` tensor.

    Example:
    >>> fills = CompiledFills(lambda rows, scalars, top_k: rows[0] * scalars[0])
    >>> fills([tf.ones([3, 2])], [tf.constant(2.0)], jit_compile=True).shape
    TensorShape([3, 2])
    """

    def __init__(self, fill):
        self._fill = fill
        self._functions = collections.OrderedDict()

    def __call__(self, rows, scalars, *, top_k=None, jit_compile: bool = False):
        """Returns what the loop makes of the rows."""
        count, largest, parts = rows[0].shape[0], SIZES[-1], []
        if not jit_compile or not count:
            return self._function(rows, scalars, top_k, None)(rows, scalars)
        for start in range(0, count, largest):
            part = [tensor[start : start + largest] for tensor in rows]
            size = next(size for size in SIZES if size >= part[0].shape[0])
            filled = self._function(rows, scalars, top_k, size)(
                [_padded(tensor, size) for tensor in part], scalars
            )
            parts.append(filled[: part[0].shape[0]])
        return parts[0] if len(parts) == 1 else tf.concat(parts, axis=0)

    def _function(self, rows, scalars, top_k, size):
        """The loop for a number of rows by XLA, or for any number as a graph."""
        key = (len(rows), len(scalars), top_k, size)
        if key not in self._functions:
            specs = [tf.TensorSpec([size, *x.shape[1:]], x.dtype) for x in rows]
            self._functions[key] = tf.function(
                functools.partial(self._fill, top_k=top_k),
                input_signature=[specs, [tf.TensorSpec([], x.dtype) for x in scalars]],
                autograph=False,
                jit_compile=size is not None,
            )
        self._functions.move_to_end(key)
        if len(self._functions) > _MOST:
            self._functions.popitem(last=False)
        return self._functions[key]


def _padded(x, size):
    """`x` with its last row repeated up to `size` rows."""
    missing = size - x.shape[0]
    if not missing:
        return x
    return tf.concat([x, tf.repeat(x[-1:], missing, axis=0)], axis=0)
