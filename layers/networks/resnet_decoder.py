"""From a vector to an image, by residual blocks."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from ..blocks import MLP, ResBlockDown, block_convolution, check_image_shape


@keras.saving.register_keras_serializable(package="genkeras")
class ResNetDecoder(keras.layers.Layer):
    """Applies an MLP, then doubles the image by one residual block a size.

    Pixels are repeated before each block. There are no norms, unlike in
    `ResNetGenerator`: what is decoded of an example does not depend on the others. What
    the doubling gives too much is cut off.

    Args:
        event_shape: three ints `(H, W, C)`. Shape of one output.
        filters: sequence of int. Maps of each block, the smallest image first.
        hidden_units: sequence of int. Hidden widths of the MLP in front.
        activation: str. Hidden activation of the MLP; the blocks have ReLUs.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        z: `[B, Z]` floats.
        context: None, or `[B, K]` floats.

    Returns:
        `[B, H, W, C]` floats.

    Raises:
        ValueError: if `event_shape` is not an image's.

    Example:
    >>> ResNetDecoder(event_shape=(7, 7, 1), filters=(8, 4))(tf.zeros([2, 5])).shape
    TensorShape([2, 7, 7, 1])

    Reference:
        He et al., 2016, https://arxiv.org/abs/1603.05027
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        filters: Sequence[int] = (64, 32),
        hidden_units: Sequence[int] = (256,),
        *,
        activation: str = "relu",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_image_shape(self, event_shape)
        self.event_shape = tuple(event_shape)
        self.filters = tuple(filters)
        self.hidden_units = tuple(hidden_units)
        self.activation = activation
        height, width, channels = self.event_shape
        shrink = 2 ** len(self.filters)
        self.small = (-(-height // shrink), -(-width // shrink), self.filters[0])
        policy = {"dtype": self.dtype_policy}
        size = self.small[0] * self.small[1] * self.small[2]
        self.mlp = MLP(size, hidden_units, activation=activation, **policy)
        # Blocks that keep the size, each behind a doubling.
        self.blocks = [
            ResBlockDown(n, downsample=False, **policy) for n in self.filters
        ]
        self.out = block_convolution(channels, 3, **policy)

    def build(self, z_shape, context_shape=None):
        self.input_spec = [keras.layers.InputSpec(ndim=2, axes={-1: z_shape[-1]})]
        self.mlp.build(tuple(z_shape), context_shape)
        height, width, channels = self.small
        for block in self.blocks:
            height, width = 2 * height, 2 * width
            block.build((None, height, width, channels))
            channels = block.filters
        self.out.build((None, height, width, channels))

    def call(self, z, context=None):
        x = tf.reshape(self.mlp(z, context), [-1, *self.small])
        for block in self.blocks:
            x = tf.repeat(tf.repeat(x, 2, axis=1), 2, axis=2)
            x = block(x)  # [B, 2 H', 2 W', filters]
        height, width, _ = self.event_shape
        return self.out(tf.nn.relu(x))[:, :height, :width]

    def get_config(self):
        return {
            **super().get_config(),
            "event_shape": self.event_shape,
            "filters": self.filters,
            "hidden_units": self.hidden_units,
            "activation": self.activation,
        }
