"""The contract of layers that say the same function twice."""

import abc

import keras
import tensorflow as tf


class CausalLayer(keras.layers.Layer, abc.ABC):
    """A layer whose outputs see earlier positions only, whole or step by step.

        y_p = f(x_1 .. x_p),  or f(x_1 .. x_(p-1)) if the layer does not see itself

    `call` computes all positions at once, for training and scoring. `init_cache`, then
    `step` at each position in turn, compute the same, each from what was kept of the
    positions before: that is how a model samples at the cost of one pass. A layer that
    does not see itself answers before its input is known: its `step` takes None, and
    `remember` is told the input afterwards. Of images, `start_row` is called before the
    first step of each row, for what can be computed over its whole width at once.

    A subclass fills in `build`, `call`, `init_cache`, `step`, `compute_output_shape`,
    and, if it does not see itself, `remember`.

    Call arguments:
        x: `[B, T, C]` floats, or `[B, H, W, C]`.
        context: None, or `[B, D]` floats that every position sees.

    Returns:
        `[B, T, units]` floats, or `[B, H, W, units]`.

    Example:
    >>> from genkeras.layers import Shift
    >>> shift = Shift()
    >>> x = tf.constant([[[1.0], [2.0], [3.0]]])
    >>> shift(x)[0, :, 0].numpy()
    array([0., 1., 2.], dtype=float32)
    >>> cache = shift.init_cache(1)
    >>> cache = shift.remember(x[:, 0], cache, 0)
    >>> shift.step(None, cache, 1)[0].numpy()
    array([[1.]], dtype=float32)
    """

    @property
    def sees_itself(self) -> bool:
        """Whether an output may depend on the input at its own position."""
        return True

    @abc.abstractmethod
    def init_cache(self, batch_size):
        """Returns what is known before the first position: tensors of static shapes.

        Args:
            batch_size: int, or an int tensor.
        """

    @abc.abstractmethod
    def step(self, x, cache, position, context=None):
        """Computes one position.

        Args:
            x: `[B, C]` floats; None if the layer does not see itself.
            cache: what `init_cache` or the last call returned.
            position: int tensor; of images the pair of row and column.
            context: as for the call.

        Returns:
            `[B, units]` floats, and the cache.
        """

    def remember(self, x, cache, position, context=None):
        """Keeps the input of a position that `step` has answered without it.

        Args:
            x: `[B, C]` floats.
            cache: what `step` returned.
            position: as for `step`.
            context: as for the call.

        Returns:
            The cache.
        """
        raise NotImplementedError(f"{type(self).__name__} keeps its input in `step`.")

    def start_row(self, cache, row, context=None):
        """Prepares the next row of an image, and returns the cache."""
        return cache

    def cast(self, value) -> tf.Tensor:
        """Returns a weight or an input in the precision that is computed in."""
        return tf.cast(tf.convert_to_tensor(value), self.compute_dtype)

    def zeros(self, *shape) -> tf.Tensor:
        """Returns zeros in the precision that is computed in."""
        return tf.zeros(shape, self.compute_dtype)
