"""From a vector to an event of any shape, by dense layers."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from ..blocks import MLP


@keras.saving.register_keras_serializable(package="genkeras")
class DenseDecoder(keras.layers.Layer):
    """Maps `[B, Z]` by an MLP to as many numbers as the event has, and shapes them.

    Args:
        event_shape: sequence of int. Shape of one output.
        hidden_units: sequence of int. Hidden widths.
        activation: str. Hidden activation.
        output_activation: str. Activation of the output, such as "linear" or "tanh".
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        z: `[B, Z]` floats.
        context: None, or `[B, C]` floats.

    Returns:
        `[B, *event_shape]` floats.

    Example:
    >>> DenseDecoder(event_shape=(8, 8), hidden_units=(16,))(tf.zeros([4, 2])).shape
    TensorShape([4, 8, 8])
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        hidden_units: Sequence[int] = (200, 200),
        *,
        activation: str = "relu",
        output_activation: str = "linear",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.event_shape = tuple(event_shape)
        self.hidden_units = tuple(hidden_units)
        self.activation = activation
        self.output_activation = output_activation
        self.mlp = MLP(
            int(np.prod(event_shape)),
            hidden_units,
            activation=activation,
            dtype=self.dtype_policy,
        )

    def build(self, z_shape, context_shape=None):
        self.input_spec = [keras.layers.InputSpec(ndim=2, axes={-1: z_shape[-1]})]
        self.mlp.build(tuple(z_shape), context_shape)

    def call(self, z, context=None):
        flat = keras.activations.get(self.output_activation)(self.mlp(z, context))
        return tf.reshape(flat, [-1, *self.event_shape])

    def get_config(self):
        return {
            **super().get_config(),
            "event_shape": self.event_shape,
            "hidden_units": self.hidden_units,
            "activation": self.activation,
            "output_activation": self.output_activation,
        }
