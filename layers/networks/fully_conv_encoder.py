"""From an image to a vector that is a small image, by convolutions alone."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from ..blocks import with_context


@keras.saving.register_keras_serializable(package="genkeras")
class FullyConvEncoder(keras.layers.Layer):
    """Halves an image once per entry of `filters`; each place keeps its own numbers.

    The last maps, `[B, h, w, c]`, are laid out map by map: entry `h w k + w i + j` of
    the output is map `k` at `(i, j)`. What cuts the output in two, such as into means
    and scales, so cuts the maps.

    Args:
        units: int. Width of the output, a multiple of `h w`.
        filters: sequence of int. Maps of each stride-2 convolution.
        kernel_size: int. Side of their kernels.
        activation: str. Activation of every hidden layer.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats; `H` and `W` need not be even.
        context: None, or `[B, K]` floats, which stand beside every pixel.

    Returns:
        `[B, units]` floats.

    Raises:
        ValueError: for units that do not divide over the places.

    Example:
    >>> FullyConvEncoder(units=8, filters=(4, 8))(tf.zeros([2, 7, 7, 1])).shape
    TensorShape([2, 8])

    Reference:
        Springenberg et al., 2015, section 2, https://arxiv.org/abs/1412.6806
    """

    def __init__(
        self,
        units: int,
        filters: Sequence[int] = (32, 64),
        *,
        kernel_size: int = 4,
        activation: str = "relu",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = units
        self.filters = tuple(filters)
        self.kernel_size = kernel_size
        self.activation = activation
        options = {"padding": "same", "dtype": self.dtype_policy}
        self.convolutions = [
            keras.layers.Conv2D(
                n, kernel_size, strides=2, activation=activation, **options
            )
            for n in filters
        ]
        self.middle = keras.layers.Conv2D(
            self.filters[-1], 3, activation=activation, **options
        )
        self.out = None

    def build(self, x_shape, context_shape=None):
        self.input_spec = [keras.layers.InputSpec(shape=(None, *x_shape[1:]))]
        beside = 0 if context_shape is None else context_shape[-1]
        shape = (None, *x_shape[1:-1], x_shape[-1] + beside)
        for layer in (*self.convolutions, self.middle):
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        height, width = shape[1:3]
        if self.units % (height * width):
            raise ValueError(
                f"FullyConvEncoder gives maps of {height} by {width}, so `units` is a "
                f"multiple of {height * width}. Received: units={self.units}."
            )
        self.out = keras.layers.Conv2D(
            self.units // (height * width), 1, dtype=self.dtype_policy
        )
        self.out.build(shape)

    def call(self, x, context=None):
        x = with_context(x, context)
        for layer in (*self.convolutions, self.middle, self.out):
            x = layer(x)
        # Map by map: [B, c, h, w].
        return tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [-1, self.units])

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "activation": self.activation,
        }
