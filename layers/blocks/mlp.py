"""A plain multi-layer perceptron."""

from collections.abc import Sequence

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="genkeras")
class MLP(keras.layers.Layer):
    """Maps `[..., D]` to `[..., units]`, given an optional context.

        h_0 = [x, context],  h_k = activation(W_k h_{k-1} + b_k),  y = W h_K + b

    Args:
        units: int. Width of the output.
        hidden_units: sequence of int. Widths of the hidden layers, in order.
        activation: str. Name of the Keras activation of the hidden layers.
        zero_output: bool. Whether the last layer starts at zero, so that whatever
            reads the output begins from the identity map.
        spread_biases: bool. Whether the biases of the hidden layers start uniform in
            `+-1 / sqrt(inputs)` instead of at zero. With few inputs it matters: units
            without biases all have their kink at the origin, and draw one kinked line.
        **kwargs: `name`, `dtype`, ... passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[..., D]` floats.
        context: None, or floats that broadcast to `[..., C]` along the batch axes.

    Returns:
        `[..., units]` floats.

    Example:
    >>> MLP(units=6, hidden_units=(32,))(tf.zeros([8, 2])).shape
    TensorShape([8, 6])
    """

    def __init__(
        self,
        units: int,
        hidden_units: Sequence[int] = (64, 64),
        *,
        activation: str = "relu",
        zero_output: bool = False,
        spread_biases: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = units
        self.hidden_units = tuple(hidden_units)
        self.activation = activation
        self.zero_output = zero_output
        self.spread_biases = spread_biases
        self.hidden = [
            keras.layers.Dense(n, activation=activation, dtype=self.dtype_policy)
            for n in hidden_units
        ]
        self.out = keras.layers.Dense(
            units,
            kernel_initializer="zeros" if zero_output else "glorot_uniform",
            dtype=self.dtype_policy,
        )

    def build(self, x_shape, context_shape=None):
        context_size = context_shape[-1] if context_shape is not None else 0
        width = x_shape[-1] + context_size
        for layer in self.hidden:
            if self.spread_biases:
                bound = width**-0.5
                layer.bias_initializer = keras.initializers.RandomUniform(-bound, bound)
            layer.build((*x_shape[:-1], width))
            width = layer.units
        self.out.build((*x_shape[:-1], width))

    def call(self, x, context=None):
        if context is not None:
            context = tf.cast(context, x.dtype)
            shape = tf.concat([tf.shape(x)[:-1], tf.shape(context)[-1:]], axis=0)
            x = tf.concat([x, tf.broadcast_to(context, shape)], axis=-1)  # [..., D + C]
        for layer in self.hidden:
            x = layer(x)
        return self.out(x)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "hidden_units": self.hidden_units,
            "activation": self.activation,
            "zero_output": self.zero_output,
            "spread_biases": self.spread_biases,
        }
