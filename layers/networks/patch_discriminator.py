"""From an image to a score for each of its patches."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from ..blocks import SpectralNormalization, map_norm, start_for, with_context


@keras.saving.register_keras_serializable(package="genkeras")
class PatchDiscriminator(keras.layers.Layer):
    """Scores every patch of an image by the same convolutions.

    The first `num_downsamples` convolutions have stride 2, the others, and the one that
    reads the scores, stride 1. A score sees a square of side `receptive_field`:

        r = 1;   from the last convolution to the first: r <- stride (r - 1) + kernel

    which is 70 for the defaults, and 1 for the paper's PixelGAN, `filters=(64, 128)`,
    `num_downsamples=0`, `kernel_size=1`.

    Args:
        filters: sequence of int. Maps of each convolution.
        num_downsamples: int. How many of them, the first ones, halve the image.
        normalization: "instance", over the pixels of each map of each image; "batch",
            over the batch on all replicas, which a gradient penalty does not allow;
            "spectral", of the weights; or "none". The first convolution and the
            scores have none of the first two.
        kernel_size: int. Side of the kernels.
        negative_slope: float. Slope of the leaky ReLU below 0.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats; `H` and `W` need not be even.
        context: None; `[B, H, W, K]` floats, an image that stands behind `x`; or
            `[B, K]`, the same for each pixel.
        training: bool. Whether batch norm takes the batch's statistics, or spectral
            norm a step.

    Returns:
        `[B, H', W', 1]` floats, raw scores, in the precision of the weights.

    Raises:
        ValueError: for another normalisation, more halvings than convolutions, or an
            image of which instance norm would leave nothing.

    Example:
    >>> discriminator = PatchDiscriminator(filters=(4, 8), num_downsamples=1)
    >>> discriminator(tf.zeros([2, 7, 7, 1]), tf.zeros([2, 7, 7, 3])).shape
    TensorShape([2, 4, 4, 1])
    >>> discriminator.receptive_field, PatchDiscriminator().receptive_field
    (16, 70)

    Reference:
        Isola et al., 2017, sections 3.2.2 and 6.1.2, https://arxiv.org/abs/1611.07004
    """

    def __init__(
        self,
        filters: Sequence[int] = (64, 128, 256, 512),
        *,
        num_downsamples: int = 3,
        normalization: str = "instance",
        kernel_size: int = 4,
        negative_slope: float = 0.2,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if normalization not in ("instance", "batch", "spectral", "none"):
            raise ValueError(
                '`normalization` must be "instance", "batch", "spectral" or "none". '
                f"Received: normalization={normalization!r}."
            )
        if not 0 <= num_downsamples <= len(filters):
            raise ValueError(
                f"`num_downsamples` must lie in 0..{len(filters)}, the number of "
                f"filters. Received: num_downsamples={num_downsamples}."
            )
        self.filters = tuple(filters)
        self.num_downsamples = num_downsamples
        self.normalization = normalization
        self.kernel_size = kernel_size
        self.negative_slope = negative_slope
        normed = normalization in ("instance", "batch")
        self.strides = [
            2 if i < num_downsamples else 1 for i in range(len(self.filters))
        ]
        self.convolutions = [
            # A norm takes the mean away, and with it any bias.
            self._convolution(n, stride, self.dtype_policy, not normed or i == 0)
            for i, (n, stride) in enumerate(
                zip(self.filters, self.strides, strict=True)
            )
        ]
        self.norms = [self._norm() for _ in self.filters[1:]] if normed else []
        self.out = self._convolution(1, 1, self.variable_dtype)

    def _convolution(self, filters, stride, dtype, use_bias=True):  # noqa: FBT002
        spectral = self.normalization == "spectral"
        layer = keras.layers.Conv2D(
            filters,
            self.kernel_size,
            stride,
            "same",
            use_bias=use_bias,
            kernel_initializer=start_for(self.normalization),
            dtype=dtype,
        )
        return SpectralNormalization(layer) if spectral else layer

    def _norm(self):
        return map_norm(self.normalization, self.dtype_policy)

    @property
    def receptive_field(self) -> int:
        """Side in pixels of the square that a score sees."""
        side = 1
        for stride in (1, *reversed(self.strides)):
            side = stride * (side - 1) + self.kernel_size
        return side

    def build(self, x_shape, context_shape=None):
        self.input_spec = [keras.layers.InputSpec(shape=(None, *x_shape[1:]))]
        _, height, width, channels = x_shape
        channels += context_shape[-1] if context_shape is not None else 0
        for i, convolution in enumerate(self.convolutions):
            convolution.build((None, height, width, channels))
            stride, channels = self.strides[i], self.filters[i]
            height, width = -(-height // stride), -(-width // stride)
            if i and self.norms:
                self._check_pixels(height, width, x_shape)
                self.norms[i - 1].build((None, height, width, channels))
        self.out.build((None, height, width, channels))

    def _check_pixels(self, height, width, x_shape):
        if self.normalization == "instance" and height * width == 1:
            raise ValueError(
                "Instance norm leaves nothing of a map of one pixel. Received: images "
                f"of {x_shape[1]} by {x_shape[2]} and "
                f"num_downsamples={self.num_downsamples}. Halve less often, or take "
                "another normalization."
            )

    def call(self, x, context=None, training=None):
        x = with_context(x, context)  # [B, H, W, C + K]
        for i, convolution in enumerate(self.convolutions):
            x = convolution(x)  # [B, H', W', filters]
            if i and self.norms:
                x = self.norms[i - 1](x, training=training)
            x = tf.nn.leaky_relu(x, self.negative_slope)
        return self.out(tf.cast(x, self.variable_dtype))

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "num_downsamples": self.num_downsamples,
            "normalization": self.normalization,
            "kernel_size": self.kernel_size,
            "negative_slope": self.negative_slope,
        }
