"""A network whose outputs for one feature see only the features before it."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from ..blocks import over_batch, seeded_permutation
from .masked_dense import MaskedDense


@keras.saving.register_keras_serializable(package="genkeras")
class MaskedMLP(keras.layers.Layer):
    """Maps `[B, D]` to `[B, D, P]`: `P` numbers for each feature, given those before.

        out[:, i] = network(x[:, j] for j before i in the order, context)

    Every hidden unit has a degree: how many features, from the first of the order on,
    it may see. Degrees rise along each layer and masks cut the rest, in the call. With
    a context some units have degree 0 and see that alone, so that the first feature,
    or the only one, depends on it through the whole depth.

    Args:
        num_outputs: int. How many numbers `P` each feature gets.
        hidden_units: sequence of int. Widths of the hidden layers, at least one.
        order: "natural", "reversed" or "random".
        seed: int. The random order, if it is one.
        activation: str. Name of the Keras activation of the hidden layers.
        zero_output: bool. Whether the last layer starts at zero.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, D]` floats, any `D` from 1 on.
        context: None, or `[B, C]` floats.

    Returns:
        `[B, D, P]` floats.

    Raises:
        ValueError: for another `order`, no hidden layer, or, at `build`, a rank other
            than 2.

    Example:
    >>> MaskedMLP(num_outputs=2, hidden_units=(16,))(tf.zeros([5, 3])).shape
    TensorShape([5, 3, 2])

    Reference:
        Germain et al., 2015, section 4, https://arxiv.org/abs/1502.03509
    """

    def __init__(
        self,
        num_outputs: int,
        hidden_units: Sequence[int] = (64, 64),
        *,
        order: str = "natural",
        seed: int = 0,
        activation: str = "relu",
        zero_output: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if order not in ("natural", "reversed", "random") or not hidden_units:
            raise ValueError(
                "MaskedMLP takes order='natural', 'reversed' or 'random', and at least "
                f"one hidden layer. Received: order={order!r}, "
                f"hidden_units={hidden_units}."
            )
        self.num_outputs = num_outputs
        self.hidden_units = tuple(hidden_units)
        self.order = order
        self.seed = seed
        self.activation = activation
        self.zero_output = zero_output
        self.activate = keras.activations.get(activation)

    def build(self, x_shape, context_shape=None):
        features = x_shape[-1]
        if len(x_shape) != 2 or features is None:
            raise ValueError(
                f"MaskedMLP takes [B, D] inputs. Received: shape {tuple(x_shape)}."
            )
        context = context_shape[-1] if context_shape is not None else 0
        self.positions = self._positions(features)
        self.degrees = [
            _hidden_degrees(width, features, conditional=context > 0)
            for width in self.hidden_units
        ]
        # Feature number p of the order is seen by degrees above p, and sees up to p.
        sees = [self.positions + 1, *self.degrees]
        seen_by = [*self.degrees, np.repeat(self.positions, self.num_outputs)]
        self.dense = []
        for i, (left, right) in enumerate(zip(sees, seen_by, strict=True)):
            last = i == len(self.degrees)
            layer = MaskedDense(
                left[:, None] <= right,
                "zeros" if last and self.zero_output else "glorot_uniform",
                dtype=self.dtype_policy,
            )
            layer.build()
            self.dense.append(layer)
        self.context = None
        if context:
            self.context = keras.layers.Dense(
                self.hidden_units[0], use_bias=False, dtype=self.dtype_policy
            )
            self.context.build((None, context))

    def _positions(self, features):
        """Where each feature stands in the order."""
        if self.order == "random":
            return seeded_permutation(features, self.seed)
        natural = np.arange(features)
        return natural[::-1].copy() if self.order == "reversed" else natural

    def call(self, x, context=None):
        return over_batch(self._outputs, x, context, event_ndims=1)

    def _outputs(self, x, context=None):
        first, *rest = self.dense
        h = self.activate(first(x) + self._context_term(context))  # [B, H]
        for layer in rest[:-1]:
            h = self.activate(layer(h))
        out = rest[-1](h)  # [B, D * P]
        event = [len(self.positions), self.num_outputs]
        return tf.reshape(out, tf.concat([tf.shape(out)[:-1], event], axis=0))

    def _context_term(self, context):
        return 0.0 if self.context is None else self.context(context)

    def get_config(self):
        return {
            **super().get_config(),
            "num_outputs": self.num_outputs,
            "hidden_units": self.hidden_units,
            "order": self.order,
            "seed": self.seed,
            "activation": self.activation,
            "zero_output": self.zero_output,
        }


def _hidden_degrees(width, features, *, conditional):
    """Spreads `width` units over the degrees that are of use, in rising order."""
    low, high = (0 if conditional else 1), features - 1
    low = min(low, high)
    if width < high - low + 1:
        return np.linspace(low, high, width).round().astype(int)
    return low + np.arange(width) * (high - low + 1) // width


# Files of version 0.1 know the layer as MADE, which is the name of a model now.
keras.saving.get_custom_objects()["genkeras>MADE"] = MaskedMLP
