"""A short-cut around causal layers."""

import keras

from .causal_sequence import CausalSequence


@keras.saving.register_keras_serializable(package="genkeras")
class CausalResidual(CausalSequence):
    """Adds what its layers make of the input to the input: `y = x + f_K(... f_1(x))`.

    Args:
        layers: sequence of `CausalLayer` that see themselves, and keep the width.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, T, C]` floats, or `[B, H, W, C]`.
        context: None, or `[B, D]` floats, given to every layer.

    Returns:
        Floats of the input's shape.

    Raises:
        ValueError: if a layer does not see itself: its output could not wait for the
            input that is to be added.

    Example:
    >>> from genkeras.layers import EachPosition
    >>> block = CausalResidual([EachPosition(keras.layers.Dense(3))])
    >>> block(tf.zeros([4, 5, 3])).shape
    TensorShape([4, 5, 3])
    """

    def __init__(self, layers, **kwargs):
        super().__init__(layers, **kwargs)
        if not self.sees_itself:
            blind = [type(x).__name__ for x in self.layers if not x.sees_itself]
            raise ValueError(
                "CausalResidual takes layers that see themselves, as the short-cut "
                f"does. Received: {', '.join(blind)}."
            )

    def call(self, x, context=None):
        return self.cast(x) + super().call(x, context)

    def step(self, x, cache, position, context=None):
        y, cache = super().step(x, cache, position, context)
        return self.cast(x) + y, cache

    def compute_output_shape(self, x_shape, context_shape=None):
        return x_shape
