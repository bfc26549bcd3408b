"""A residual block that halves an image."""

import math

import keras
import tensorflow as tf

from .block_convolution import block_convolution


@keras.saving.register_keras_serializable(package="genkeras")
class ResBlockDown(keras.layers.Layer):
    """The block of a residual discriminator: two convolutions beside a shortcut.

        h = down(conv2(relu(norm2(conv1(relu(norm1(x)))))))
        y = conv1x1(down(x)) + h

    `down` is the mean of every 2 by 2 pixels; at an odd edge, of those that there are.
    A block that neither halves nor changes the number of maps has the identity for a
    shortcut. The shortcut's convolution stands behind the halving, which gives what
    the other order gives for a quarter of the work.

    The first block of a network, whose input is the image itself, goes without the
    first norm and ReLU ("optimized" in the authors' code): they would throw half of
    the image away.

    There is no batch norm on offer, with which the score of an example would depend on
    the others.

    Args:
        filters: int. Maps of the output.
        downsample: bool. Whether to halve the image.
        first: bool. Whether the input is an image, and not maps.
        normalization: "none"; "layer", over all numbers of an example, with a gain and
            a bias for each map, as in WGAN-GP; or "spectral", which divides every
            weight by its largest singular value.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats.

    Returns:
        `[B, ceil(H / 2), ceil(W / 2), filters]` floats, or `[B, H, W, filters]`.

    Raises:
        ValueError: for another normalisation.

    Example:
    >>> ResBlockDown(filters=8, first=True)(tf.zeros([2, 7, 7, 1])).shape
    TensorShape([2, 4, 4, 8])

    Reference:
        Gulrajani et al., 2017, appendix F, https://arxiv.org/abs/1704.00028;
        Miyato et al., 2018, figure 8, https://arxiv.org/abs/1802.05957
    """

    def __init__(
        self,
        filters: int,
        *,
        downsample: bool = True,
        first: bool = False,
        normalization: str = "none",
        **kwargs,
    ):
        super().__init__(**kwargs)
        if normalization not in ("none", "layer", "spectral"):
            raise ValueError(
                '`normalization` must be "none", "layer" or "spectral". Received: '
                f"normalization={normalization!r}."
            )
        self.filters = filters
        self.downsample = downsample
        self.first = first
        self.normalization = normalization
        self.norms = []
        if normalization == "layer":
            # One group is the norm over height, width and maps together.
            self.norms = [
                keras.layers.GroupNormalization(
                    1, epsilon=1e-5, dtype=self.dtype_policy
                )
                for _ in range(1 if first else 2)
            ]
        self.convolutions = [self._convolution(3, math.sqrt(2)) for _ in range(2)]
        self.shortcut = None

    def _convolution(self, side, gain):
        return block_convolution(
            self.filters,
            side,
            gain=gain,
            spectral=self.normalization == "spectral",
            dtype=self.dtype_policy,
        )

    def build(self, x_shape):
        channels = x_shape[-1]
        self.input_spec = [keras.layers.InputSpec(ndim=4, axes={-1: channels})]
        shape, between = (None, *x_shape[1:]), (None, *x_shape[1:-1], self.filters)
        norms = [between] if self.first else [shape, between]
        for norm, norm_shape in zip(self.norms, norms, strict=False):
            norm.build(norm_shape)
        self.convolutions[0].build(shape)
        self.convolutions[1].build(between)
        if self.downsample or channels != self.filters:
            self.shortcut = self._convolution(1, 1.0)
            self.shortcut.build(shape)

    def call(self, x):
        h = x if self.first else self._activate(x, 0)
        h = self._activate(self.convolutions[0](h), -1)
        h = self._down(self.convolutions[1](h))
        x = x if self.shortcut is None else self.shortcut(self._down(x))
        return x + h

    def _activate(self, x, i):
        return tf.nn.relu(self.norms[i](x) if self.norms else x)

    def _down(self, x):
        return tf.nn.avg_pool2d(x, 2, 2, "SAME") if self.downsample else x

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "downsample": self.downsample,
            "first": self.first,
            "normalization": self.normalization,
        }
