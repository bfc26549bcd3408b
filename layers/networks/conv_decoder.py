"""From a vector to an image, by transposed convolutions."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from ..blocks import MLP, check_image_shape


@keras.saving.register_keras_serializable(package="genkeras")
class ConvDecoder(keras.layers.Layer):
    """Applies an MLP, then doubles the image once per entry of `filters`.

    The smallest image is `ceil(side / 2 ** len(filters))` wide; what the doubling
    gives too much is cut off, so any image size is possible.

    Args:
        event_shape: three ints `(H, W, C)`. Shape of one output.
        filters: sequence of int. Maps at each size, the smallest image first.
        hidden_units: sequence of int. Hidden widths of the MLP in front.
        kernel_size: int. Side of the kernels.
        activation: str. Activation of every hidden layer.
        output_activation: str. Activation of the output, such as "linear" or "tanh".
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        z: `[B, Z]` floats.
        context: None, or `[B, K]` floats.

    Returns:
        `[B, H, W, C]` floats.

    Raises:
        ValueError: if `event_shape` is not an image's.

    Example:
    >>> ConvDecoder(event_shape=(7, 7, 1), filters=(8, 4))(tf.zeros([2, 5])).shape
    TensorShape([2, 7, 7, 1])
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        filters: Sequence[int] = (64, 32),
        hidden_units: Sequence[int] = (256,),
        *,
        kernel_size: int = 4,
        activation: str = "relu",
        output_activation: str = "linear",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_image_shape(self, event_shape)
        self.event_shape = tuple(event_shape)
        self.filters = tuple(filters)
        self.hidden_units = tuple(hidden_units)
        self.kernel_size = kernel_size
        self.activation = activation
        self.output_activation = output_activation
        height, width, channels = self.event_shape
        shrink = 2 ** len(self.filters)
        self.small = (-(-height // shrink), -(-width // shrink), self.filters[0])
        self.mlp = MLP(
            self.small[0] * self.small[1] * self.small[2],
            hidden_units,
            activation=activation,
            dtype=self.dtype_policy,
        )
        self.convolutions = [
            keras.layers.Conv2DTranspose(
                n,
                kernel_size,
                strides=2,
                padding="same",
                activation=kind,
                dtype=self.dtype_policy,
            )
            for n, kind in zip(
                (*self.filters[1:], channels),
                (*[activation] * (len(self.filters) - 1), output_activation),
                strict=True,
            )
        ]

    def build(self, z_shape, context_shape=None):
        self.input_spec = [keras.layers.InputSpec(ndim=2, axes={-1: z_shape[-1]})]
        self.mlp.build(tuple(z_shape), context_shape)
        shape = (None, *self.small)
        for convolution in self.convolutions:
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)

    def call(self, z, context=None):
        x = keras.activations.get(self.activation)(self.mlp(z, context))
        x = tf.reshape(x, [-1, *self.small])
        for convolution in self.convolutions:
            x = convolution(x)  # [B, 2 H', 2 W', filters]
        height, width, _ = self.event_shape
        return x[:, :height, :width]

    def get_config(self):
        return {
            **super().get_config(),
            "event_shape": self.event_shape,
            "filters": self.filters,
            "hidden_units": self.hidden_units,
            "kernel_size": self.kernel_size,
            "activation": self.activation,
            "output_activation": self.output_activation,
        }
