"""From an image to another one of the same size, by residual blocks in its middle."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from ..blocks import instance_norm, normal_start


@keras.saving.register_keras_serializable(package="genkeras")
class ResNetTranslator(keras.layers.Layer):
    """Halves an image a few times, changes it by residual blocks, and doubles it back.

        x_0 = relu(norm(conv7(source)))
        x_i = relu(norm(conv3(x_(i-1)))), stride 2, for each filter but the first
        x   <- x + norm(conv3(relu(norm(conv3(x)))))   `num_blocks` times
        x   <- relu(norm(deconv3(x))), stride 2, back to the first filter
        y   = activation(conv7(x))

    Convolutions see the image mirrored at its edge, without the edge itself twice
    (reflection), so that the edge is not made to look dark. All norms are over the
    pixels of each map of each image. An odd side is rounded up on the way down and
    cropped on the way up.

    Args:
        channels: int. Channels of the image that is made.
        filters: sequence of int. Maps of the image, then of each halving.
        num_blocks: int. How many residual blocks; 6 for images of side 128 in the
            paper, 9 for larger ones.
        kernel_size: int. Side of the first and the last kernel, odd.
        output_activation: str. Keras activation of the image.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        source: `[B, H, W, K]` floats.

    Returns:
        `[B, H, W, channels]` floats.

    Raises:
        ValueError: for an even kernel, or an image that is too small to be mirrored.

    Example:
    >>> translator = ResNetTranslator(3, filters=(4, 8), num_blocks=1)
    >>> translator(tf.zeros([2, 7, 7, 1])).shape
    TensorShape([2, 7, 7, 3])

    Reference:
        Zhu et al., 2017, section 7.2, https://arxiv.org/abs/1703.10593; Johnson et
        al., 2016, https://arxiv.org/abs/1603.08155
    """

    def __init__(
        self,
        channels: int,
        filters: Sequence[int] = (64, 128, 256),
        num_blocks: int = 9,
        *,
        kernel_size: int = 7,
        output_activation: str = "tanh",
        **kwargs,
    ):
        super().__init__(**kwargs)
        if kernel_size % 2 == 0:
            raise ValueError(
                f"`kernel_size` must be odd. Received: kernel_size={kernel_size}."
            )
        self.channels = channels
        self.filters = tuple(filters)
        self.num_blocks = num_blocks
        self.kernel_size = kernel_size
        self.output_activation = output_activation
        first, *deeper = self.filters
        self.entry = self._convolution(first, kernel_size)
        self.downs = [self._convolution(n, 3, strides=2) for n in deeper]
        self.convolutions = [  # two for each block
            self._convolution(self.filters[-1], 3) for _ in range(2 * num_blocks)
        ]
        self.ups = [
            self._convolution(n, 3, keras.layers.Conv2DTranspose, strides=2, pad="same")
            for n in reversed(self.filters[:-1])
        ]
        self.down_norms = [self._norm() for _ in self.filters]
        self.norms = [self._norm() for _ in self.convolutions]
        self.up_norms = [self._norm() for _ in self.ups]
        self.out = self._convolution(
            channels, kernel_size, use_bias=True, activation=output_activation
        )

    def _convolution(
        self, filters, side, kind=keras.layers.Conv2D, *, pad="valid", **kwargs
    ):
        # A norm takes the mean away, and with it any bias.
        kwargs.setdefault("use_bias", False)
        return kind(
            filters,
            side,
            padding=pad,
            kernel_initializer=normal_start(),
            dtype=self.dtype_policy,
            **kwargs,
        )

    def _norm(self):
        return instance_norm(self.dtype_policy)

    def build(self, source_shape):
        self.input_spec = [keras.layers.InputSpec(shape=(None, *source_shape[1:]))]
        _, height, width, channels = source_shape
        self._check_size(height, width)
        more = 2 * (self.kernel_size // 2)  # pixels that are mirrored
        self.entry.build((None, height + more, width + more, channels))
        self.down_norms[0].build((None, height, width, self.filters[0]))
        for i, down in enumerate(self.downs):
            down.build((None, height + 2, width + 2, self.filters[i]))
            height, width = -(-height // 2), -(-width // 2)
            self.down_norms[i + 1].build((None, height, width, self.filters[i + 1]))
        shape = (None, height, width, self.filters[-1])
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            convolution.build((None, height + 2, width + 2, shape[-1]))
            norm.build(shape)
        for up, norm in zip(self.ups, self.up_norms, strict=True):
            up.build(shape)
            shape = up.compute_output_shape(shape)
            norm.build(shape)
        height, width = source_shape[1:3]
        self.out.build((None, height + more, width + more, self.filters[0]))

    def _check_size(self, height, width):
        side, times = min(height, width), len(self.downs)
        # The kernels of side 3 reach one pixel behind the edge of the smallest map.
        least = max(self.kernel_size // 2 + 1, 2**times + 1)
        if side < least:
            raise ValueError(
                f"ResNetTranslator mirrors images at their edges, and needs sides of "
                f"at least {least} pixels for kernels of side {self.kernel_size} and "
                f"{times} halvings. Received: images of {height} by {width}."
            )

    def call(self, source):
        x = self.entry(_mirrored(source, self.kernel_size // 2))
        x = tf.nn.relu(self.down_norms[0](x))  # [B, H, W, filters[0]]
        sizes = []
        for down, norm in zip(self.downs, self.down_norms[1:], strict=True):
            sizes.append(x.shape[1:3])
            x = tf.nn.relu(norm(down(_mirrored(x, 1))))  # [B, H'/2, W'/2, filters]
        for i in range(0, 2 * self.num_blocks, 2):
            h = tf.nn.relu(self.norms[i](self.convolutions[i](_mirrored(x, 1))))
            x += self.norms[i + 1](self.convolutions[i + 1](_mirrored(h, 1)))
        for up, norm in zip(self.ups, self.up_norms, strict=True):
            height, width = sizes.pop()
            x = tf.nn.relu(norm(up(x)[:, :height, :width]))  # [B, 2 H', 2 W', filters]
        return self.out(_mirrored(x, self.kernel_size // 2))

    def get_config(self):
        return {
            **super().get_config(),
            "channels": self.channels,
            "filters": self.filters,
            "num_blocks": self.num_blocks,
            "kernel_size": self.kernel_size,
            "output_activation": self.output_activation,
        }


def _mirrored(x, pixels):
    """The image with as many more pixels on each side, mirrored at its edge."""
    sides = [pixels, pixels]
    return tf.pad(x, [[0, 0], sides, sides, [0, 0]], "REFLECT")
