"""From an image to a vector, by strided convolutions."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from ..blocks import MLP


@keras.saving.register_keras_serializable(package="genkeras")
class ConvEncoder(keras.layers.Layer):
    """Halves an image once per entry of `filters`, then applies an MLP.

    Args:
        units: int. Width of the output.
        filters: sequence of int. Maps of each stride-2 convolution.
        hidden_units: sequence of int. Hidden widths of the MLP behind them.
        kernel_size: int. Side of the kernels.
        activation: str. Activation of every hidden layer.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats; `H` and `W` need not be even.
        context: None, or `[B, K]` floats, given to the MLP.

    Returns:
        `[B, units]` floats.

    Example:
    >>> ConvEncoder(units=5, filters=(4, 8))(tf.zeros([2, 7, 7, 1])).shape
    TensorShape([2, 5])
    """

    def __init__(
        self,
        units: int,
        filters: Sequence[int] = (32, 64),
        hidden_units: Sequence[int] = (256,),
        *,
        kernel_size: int = 4,
        activation: str = "relu",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = units
        self.filters = tuple(filters)
        self.hidden_units = tuple(hidden_units)
        self.kernel_size = kernel_size
        self.activation = activation
        self.convolutions = [
            keras.layers.Conv2D(
                n,
                kernel_size,
                strides=2,
                padding="same",
                activation=activation,
                dtype=self.dtype_policy,
            )
            for n in filters
        ]
        self.mlp = MLP(
            units, hidden_units, activation=activation, dtype=self.dtype_policy
        )

    def build(self, x_shape, context_shape=None):
        self.input_spec = [keras.layers.InputSpec(shape=(None, *x_shape[1:]))]
        shape = (None, *x_shape[1:])
        for convolution in self.convolutions:
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)
        self.flat_size = int(tf.TensorShape(shape[1:]).num_elements())
        self.mlp.build((None, self.flat_size), context_shape)

    def call(self, x, context=None):
        for convolution in self.convolutions:
            x = convolution(x)  # [B, ceil(H / 2), ceil(W / 2), filters]
        return self.mlp(tf.reshape(x, [-1, self.flat_size]), context)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "filters": self.filters,
            "hidden_units": self.hidden_units,
            "kernel_size": self.kernel_size,
            "activation": self.activation,
        }
