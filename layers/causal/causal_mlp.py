"""A masked network over features that can be walked through feature by feature."""

import itertools
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from .causal_layer import CausalLayer


@keras.saving.register_keras_serializable(package="genkeras")
class CausalMLP(CausalLayer):
    """Maps `[B, T, 1]` to `[B, T, units]`: numbers for each entry, from those before.

    Hidden units have degrees, which masks in the call hold them to: a unit of degree
    `d` sees the first `d` entries. By steps, the sums of all units are kept. When entry
    `d` is known, its weights are added to the first layer's; the units of degree `d`
    are then complete, and add theirs to the layer after it, and so on. All steps
    together cost one pass.

    The entries may also be taken in another order, whose places are given with each
    call: `places[i]` says how many entries come before entry `i`. Inputs and outputs
    stay where they are, and the weights are the same. A step is then told which entry
    of each row it is at.

    Args:
        units: int. Numbers for each entry.
        hidden_units: sequence of int. Widths of the hidden layers, at least one.
        direct: bool. Whether inputs also reach the outputs directly, by a masked
            linear map.
        activation: str. Name of the Keras activation of the hidden layers.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, T, 1]` floats.
        context: None, or `[B, D]` floats.
        places: None for the natural order, or `[T]` whole numbers.

    Returns:
        `[B, T, units]` floats.

    Example:
    >>> CausalMLP(2, (16,))(tf.zeros([5, 3, 1])).shape
    TensorShape([5, 3, 2])

    Reference:
        Germain et al., 2015, section 4, https://arxiv.org/abs/1502.03509
    """

    def __init__(
        self,
        units: int,
        hidden_units: Sequence[int] = (500,),
        *,
        direct: bool = True,
        activation: str = "relu",
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not hidden_units:
            raise ValueError(
                "CausalMLP takes at least one hidden layer. Received: "
                f"hidden_units={hidden_units}."
            )
        self.units = units
        self.hidden_units = tuple(hidden_units)
        self.direct = direct
        self.activation = activation
        self.activate = keras.activations.get(activation)

    def build(self, x_shape, context_shape=None):
        self.length, channels = x_shape[1:]
        if channels != 1:
            raise ValueError(
                f"CausalMLP takes [B, T, 1] inputs. Received: shape {tuple(x_shape)}."
            )
        low = 0 if context_shape is not None else min(1, self.length - 1)
        self.degrees = [_spread(n, low, self.length - 1) for n in self.hidden_units]
        widths = [self.length, *self.hidden_units, self.length * self.units]
        self.kernels = [
            self._weight((a, b), "glorot_uniform", f"kernel_{i}")
            for i, (a, b) in enumerate(itertools.pairwise(widths))
        ]
        self.biases = [
            self._weight((n,), "zeros", f"bias_{i}") for i, n in enumerate(widths[1:])
        ]
        self.short_cut = None
        if self.direct and self.length > 1:
            shape = (self.length, self.length * self.units)
            self.short_cut = self._weight(shape, "glorot_uniform", "short_cut")
        self.project = None
        if context_shape is not None:
            self.project = keras.layers.Dense(
                self.hidden_units[0], use_bias=False, dtype=self.dtype_policy
            )
            self.project.build(context_shape)

    def _weight(self, shape, initializer, name):
        # Not cast as a whole: a step reads a few rows of it.
        return self.add_weight(shape, initializer, name=name, autocast=False)

    @property
    def sees_itself(self):
        return False

    def call(self, x, context=None, places=None):
        x = self.cast(x)[..., 0]  # [B, T]
        places = tf.range(self.length) if places is None else tf.cast(places, tf.int32)
        last = tf.repeat(places, self.units)
        seen = [places + 1, *(tf.constant(d, tf.int32) for d in self.degrees)]
        seen_by = [*seen[1:], last]
        y = 0.0 if self.project is None else self.project(context)
        h = x
        for i, (left, right) in enumerate(zip(seen, seen_by, strict=True)):
            new = tf.matmul(h, self._masked(self.kernels[i], left, right))
            new += self.cast(self.biases[i])
            y = y + new if i == 0 else new
            h = self.activate(y)
        if self.short_cut is not None:
            y += tf.matmul(x, self._masked(self.short_cut, seen[0], last))
        return tf.reshape(y, [-1, self.length, self.units])

    def _masked(self, kernel, left, right):
        """A kernel without what leads from a higher degree to a lower one."""
        kernel = tf.convert_to_tensor(kernel)
        seen = left[:, None] <= right
        return self.cast(tf.where(seen, kernel, tf.zeros_like(kernel)))

    # === Step by step ===
    def init_cache(self, batch_size):
        return [
            tf.broadcast_to(self.cast(bias), [batch_size, bias.shape[-1]])
            for bias in self.biases
        ]

    def step(self, x, cache, position, context=None, entry=None):
        """As of `CausalLayer`; `entry` is the `[B]` entry that each row is at."""
        if min(self.degrees[0]) == 0:
            # Units of degree 0 see the context at most, and are complete at once.
            added = 0.0 if self.project is None else self.project(context)
            started = self._complete(list(cache), 0, added)
            cache = tf.cond(tf.equal(position, 0), lambda: started, lambda: list(cache))
        if entry is not None:
            outputs = tf.reshape(cache[-1], [-1, self.length, self.units])
            return tf.gather(outputs, entry, batch_dims=1), cache
        start = position * self.units
        return cache[-1][:, start : start + self.units], cache

    def remember(self, x, cache, position, context=None, entry=None):
        # What is added to sums that were read already, or are read too early to hold
        # it, does not matter: no mask is needed.
        cache, x = list(cache), self.cast(x)  # x is [B, 1]
        entry = position if entry is None else entry
        if self.short_cut is not None:
            cache[-1] += x * self._rows(self.short_cut, entry)
        first = x * self._rows(self.kernels[0], entry)
        return self._complete(cache, position + 1, first)

    def _complete(self, cache, degree, added):
        """Adds to the first sums, and passes on the units of a degree."""
        cache[0] += added
        for i, degrees in enumerate(self.degrees):
            table, real = _units_by_degree(degrees, self.length)
            units = tf.gather(tf.constant(table), degree)
            h = tf.gather(self.activate(cache[i]), units, axis=-1)
            h *= self.cast(tf.gather(tf.constant(real), degree))
            cache[i + 1] += tf.matmul(h, self._rows(self.kernels[i + 1], units))
        return cache

    def _rows(self, kernel, index):
        return self.cast(tf.gather(tf.convert_to_tensor(kernel), index))

    def compute_output_shape(self, x_shape, context_shape=None):
        return (*x_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "hidden_units": self.hidden_units,
            "direct": self.direct,
            "activation": self.activation,
        }


def _spread(width, low, high):
    """Degrees from `low` to `high` in rising order, as even as may be."""
    return np.linspace(low, high, width).round().astype(int)


def _units_by_degree(degrees, length):
    """The units of each degree from 0 to `length`, and which of them are no padding."""
    units = [np.flatnonzero(degrees == d) for d in range(length + 1)]
    most = max(1, *map(len, units))
    table = np.zeros((length + 1, most), "int32")
    real = np.zeros((length + 1, most), "float32")
    for d, own in enumerate(units):
        table[d, : len(own)] = own
        real[d, : len(own)] = 1.0
    return table, real
