"""Positions that each see a few earlier ones, by a directed graph."""

import abc
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from .causal_layer import CausalLayer


class GraphLayer(CausalLayer):
    """Numbers for each entry of a vector of levels, from its parents alone.

        y_p = f_p(x_q for q in parents_p),   each q < p

    By steps, the entries themselves are kept. A subclass fills in `build` and
    `_answer`.

    Args:
        units: int. Numbers for each entry.
        parents: for each entry the earlier ones that it sees, in the order in which
            they are looked up.
        levels: sequence of int. How many levels each entry has.
        masked: bool. Whether units stand for levels: those from an entry's number of
            levels on are then minus infinity.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, T, 1]` whole numbers, of any dtype that holds them.
        context: ignored.

    Returns:
        `[B, T, units]` floats.

    Raises:
        ValueError: for parents that are not earlier, or other numbers of levels.
    """

    def __init__(
        self,
        units: int,
        parents: Sequence[Sequence[int]],
        levels: Sequence[int],
        *,
        masked: bool = False,
        **kwargs,
    ):
        # No cast: half precision does not hold all levels.
        super().__init__(autocast=False, **kwargs)
        self.units = units
        self.parents = tuple(tuple(int(q) for q in own) for own in parents)
        self.levels = tuple(int(n) for n in levels)
        self.masked = masked
        self._check()
        width = max(1, max(map(len, self.parents)))
        # Rows of one width: what is not there looks at entry 0, and counts for nothing.
        self._padded = np.zeros([len(self.parents), width], "int32")
        self._real = np.zeros([len(self.parents), width], "int32")
        for place, own in enumerate(self.parents):
            self._padded[place, : len(own)] = own
            self._real[place, : len(own)] = 1

    def _check(self):
        fits = len(self.parents) == len(self.levels) > 0 and min(self.levels) >= 2
        fits = fits and all(
            len(set(own)) == len(own) and all(0 <= q < place for q in own)
            for place, own in enumerate(self.parents)
        )
        if not fits:
            raise ValueError(
                f"{type(self).__name__} takes for each entry different earlier ones as "
                f"its parents, and at least 2 levels. Received: parents={self.parents} "
                f"and levels={self.levels}."
            )

    def _check_shape(self, x_shape):
        if tuple(x_shape[1:]) != (len(self.parents), 1):
            raise ValueError(
                f"{type(self).__name__} takes [B, {len(self.parents)}, 1] inputs. "
                f"Received: shape {tuple(x_shape)}."
            )

    # === To be filled in by a layer ===
    @abc.abstractmethod
    def _answer(self, seen, position=None):
        """Computes every entry, or the one at a position.

        Args:
            seen: `[B, T, P]` or `[B, 1, P]` int32: levels of the parents of each entry,
                0 where there are fewer than `P`.
            position: None for all entries, or an int tensor.

        Returns:
            `[B, T, units]` or `[B, 1, units]` floats.
        """

    # === What follows ===
    @property
    def sees_itself(self):
        return False

    def call(self, x, context=None):
        x = tf.cast(x, tf.int32)[..., 0]  # [B, T]
        seen = tf.gather(x, self._padded, axis=1) * self._real
        return self._mask(self._answer(seen))

    def answer(self, seen, position) -> tf.Tensor:
        """Computes the entry at a position, given its parents alone.

        Args:
            seen: `[B, P]` whole numbers: levels of as many parents as the entry has.
            position: int.

        Returns:
            `[B, units]` floats.
        """
        seen = tf.cast(seen, tf.int32)
        rest = self._padded.shape[1] - seen.shape[1]
        seen = tf.pad(seen, [[0, 0], [0, rest]])[:, None]
        return self._mask(self._answer(seen, position), position)[:, 0]

    def init_cache(self, batch_size):
        return tf.zeros([len(self.parents), batch_size], tf.int32)

    def step(self, x, cache, position, context=None):
        own = tf.gather(tf.constant(self._padded), position)  # [P]
        real = tf.gather(tf.constant(self._real), position)
        seen = tf.transpose(tf.gather(cache, own)) * real  # [B, P]
        return self.answer(seen, position), cache

    def remember(self, x, cache, position, context=None):
        x = tf.cast(x, tf.int32)[None, :, 0]  # [1, B]
        return tf.tensor_scatter_nd_update(cache, [[position]], x)

    def _mask(self, y, position=None):
        if not self.masked:
            return y
        real = np.arange(self.units) < np.asarray(self.levels)[:, None]  # [T, units]
        real = real if position is None else tf.gather(tf.constant(real), [position])
        return tf.where(real, y, tf.constant(-float("inf"), y.dtype))

    def compute_output_shape(self, x_shape, context_shape=None):
        return (*x_shape[:-1], self.units)

    def get_config(self):
        config = super().get_config()
        config.pop("autocast", None)
        return {
            **config,
            "units": self.units,
            "parents": self.parents,
            "levels": self.levels,
            "masked": self.masked,
        }
