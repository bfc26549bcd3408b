"""From an event of any shape to a vector, by dense layers."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from ..blocks import MLP


@keras.saving.register_keras_serializable(package="genkeras")
class DenseEncoder(keras.layers.Layer):
    """Flattens `[B, *event]` and maps it to `[B, units]` by an MLP.

    Args:
        units: int. Width of the output.
        hidden_units: sequence of int. Hidden widths.
        activation: str. Hidden activation.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, *event]` floats.
        context: None, or `[B, C]` floats.

    Returns:
        `[B, units]` floats.

    Example:
    >>> DenseEncoder(units=1, hidden_units=(16,))(tf.zeros([4, 8, 8])).shape
    TensorShape([4, 1])
    """

    def __init__(
        self,
        units: int,
        hidden_units: Sequence[int] = (200, 200),
        *,
        activation: str = "relu",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = units
        self.hidden_units = tuple(hidden_units)
        self.activation = activation
        self.mlp = MLP(
            units, hidden_units, activation=activation, dtype=self.dtype_policy
        )

    def build(self, x_shape, context_shape=None):
        event = tuple(x_shape[1:])
        self.input_spec = [keras.layers.InputSpec(shape=(None, *event))]
        self.flat_size = int(tf.TensorShape(event).num_elements())
        self.mlp.build((None, self.flat_size), context_shape)

    def call(self, x, context=None):
        return self.mlp(tf.reshape(x, [-1, self.flat_size]), context)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "hidden_units": self.hidden_units,
            "activation": self.activation,
        }
