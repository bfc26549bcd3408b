"""From a vector that is a small image to an image, by convolutions alone."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from ..blocks import check_image_shape, with_context


@keras.saving.register_keras_serializable(package="genkeras")
class FullyConvDecoder(keras.layers.Layer):
    """Takes a vector for small maps, and doubles them once per entry of `filters`.

    The vector is laid out as `FullyConvEncoder` has it, map by map. The maps are
    `ceil(side / 2 ** len(filters))` wide; what the doubling gives too much is cut off.

    Args:
        event_shape: three ints `(H, W, C)`. Shape of one output.
        filters: sequence of int. Maps at each size, the smallest image first.
        kernel_size: int. Side of the kernels that double.
        activation: str. Activation of every hidden layer.
        output_activation: str. Activation of the output, such as "linear" or "tanh".
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        z: `[B, Z]` floats, `Z` a multiple of `h w`.
        context: None, or `[B, K]` floats, which stand at every place.

    Returns:
        `[B, H, W, C]` floats.

    Raises:
        ValueError: if `event_shape` is not an image's, and for another `Z`.

    Example:
    >>> FullyConvDecoder(event_shape=(7, 7, 1), filters=(8, 4))(tf.zeros([2, 12])).shape
    TensorShape([2, 7, 7, 1])

    Reference:
        Springenberg et al., 2015, section 2, https://arxiv.org/abs/1412.6806
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        filters: Sequence[int] = (64, 32),
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
        self.kernel_size = kernel_size
        self.activation = activation
        self.output_activation = output_activation
        shrink = 2 ** len(self.filters)
        self.places = tuple(-(-side // shrink) for side in self.event_shape[:2])
        options = {"padding": "same", "dtype": self.dtype_policy}
        first = keras.layers.Conv2D(
            self.filters[0], 3, activation=activation, **options
        )
        last = len(self.filters) - 1
        self.convolutions = [first] + [
            keras.layers.Conv2DTranspose(
                n,
                kernel_size,
                strides=2,
                activation=output_activation if i == last else activation,
                **options,
            )
            for i, n in enumerate((*self.filters[1:], self.event_shape[-1]))
        ]

    def build(self, z_shape, context_shape=None):
        size = z_shape[-1]
        self.input_spec = [keras.layers.InputSpec(ndim=2, axes={-1: size})]
        height, width = self.places
        if size % (height * width):
            raise ValueError(
                f"FullyConvDecoder takes maps of {height} by {width}, so vectors of a "
                f"multiple of {height * width} numbers. Received: {size}."
            )
        self.maps = size // (height * width)
        beside = 0 if context_shape is None else context_shape[-1]
        shape = (None, height, width, self.maps + beside)
        for layer in self.convolutions:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)

    def call(self, z, context=None):
        x = tf.reshape(z, [-1, self.maps, *self.places])
        x = with_context(tf.transpose(x, [0, 2, 3, 1]), context)  # [B, h, w, c]
        for layer in self.convolutions:
            x = layer(x)
        height, width, _ = self.event_shape
        return x[:, :height, :width]

    def get_config(self):
        return {
            **super().get_config(),
            "event_shape": self.event_shape,
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "activation": self.activation,
            "output_activation": self.output_activation,
        }
