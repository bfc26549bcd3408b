"""A plain stack of convolutions, the conditioner of Glow."""

import keras

from ..blocks import with_context


@keras.saving.register_keras_serializable(package="genkeras")
class ConvConditioner(keras.layers.Layer):
    """Maps `[B, H, W, C]` to `[B, H, W, channels]` by convolutions.

        h_0 = [x, context],  h_1 = act(conv3x3(h_0)),  h_k = act(conv1x1(h_{k-1})),
        y = conv3x3(h_K)

    Args:
        channels: int. Channels of the output, which start at zero.
        filters: int. Maps in between.
        num_blocks: int. Number of 1x1 convolutions; Glow takes one.
        activation: str. Name of the Keras activation in between.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats.
        context: None, `[B, K]` or `[B, H, W, K]` floats.

    Returns:
        `[B, H, W, channels]` floats.

    Example:
    >>> ConvConditioner(channels=4, filters=8)(tf.zeros([2, 5, 5, 1])).shape
    TensorShape([2, 5, 5, 4])

    Reference:
        Kingma and Dhariwal, 2018, section 5, https://arxiv.org/abs/1807.03039
    """

    def __init__(
        self,
        channels: int,
        filters: int = 64,
        num_blocks: int = 1,
        *,
        activation: str = "relu",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.channels = channels
        self.filters = filters
        self.num_blocks = num_blocks
        self.activation = activation
        self.hidden = [
            keras.layers.Conv2D(
                filters,
                1 if i else 3,
                padding="same",
                activation=activation,
                dtype=self.dtype_policy,
            )
            for i in range(1 + num_blocks)
        ]
        self.out = keras.layers.Conv2D(
            channels,
            3,
            padding="same",
            kernel_initializer="zeros",
            dtype=self.dtype_policy,
        )

    def build(self, x_shape, context_shape=None):
        context_size = context_shape[-1] if context_shape is not None else 0
        shape = (*x_shape[:-1], x_shape[-1] + context_size)
        for layer in (*self.hidden, self.out):
            layer.build(shape)
            shape = (*x_shape[:-1], layer.filters)

    def call(self, x, context=None):
        h = with_context(x, context)  # [B, H, W, C + K]
        for layer in self.hidden:
            h = layer(h)
        return self.out(h)

    def get_config(self):
        return {
            **super().get_config(),
            "channels": self.channels,
            "filters": self.filters,
            "num_blocks": self.num_blocks,
            "activation": self.activation,
        }
