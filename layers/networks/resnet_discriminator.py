"""From an image to a score, by residual blocks."""

from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf

from ..blocks import (
    ProjectionHead,
    ResBlockDown,
    revive_inserts,
    serialize_inserts,
    with_context,
)


@keras.saving.register_keras_serializable(package="genkeras")
class ResNetDiscriminator(keras.layers.Layer):
    """Halves an image by residual blocks, pools the last maps, and scores them.

    Args:
        filters: sequence of int. Maps of each block, the largest image first.
        num_downsamples: None, or how many of the blocks halve the image, the first
            ones; None for all.
        conditioning: "projection", where the context meets the features in an inner
            product, or "concatenation", where every pixel is given it as more channels.
        normalization: "none", "layer" or "spectral"; see `ResBlockDown`.
        pooling: "sum" or "mean", over all pixels of the last maps.
        inserts: None, or a dict of int to layer: what stands behind the block of that
            number, such as self-attention. The first block is number 0.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats; `H` and `W` need not be even.
        context: None, or `[B, K]` floats.

    Returns:
        `[B, 1]` floats, raw scores, in the precision of the weights.

    Raises:
        ValueError: for another conditioning, normalisation or pooling.

    Example:
    >>> discriminator = ResNetDiscriminator(filters=(4, 8))
    >>> discriminator(tf.zeros([2, 7, 7, 1]), tf.one_hot([3, 7], 10)).shape
    TensorShape([2, 1])

    Reference:
        Gulrajani et al., 2017, appendix F, https://arxiv.org/abs/1704.00028;
        Miyato and Koyama, 2018, figure 14, https://arxiv.org/abs/1802.05637
    """

    def __init__(
        self,
        filters: Sequence[int] = (128, 128, 128, 128),
        *,
        num_downsamples: int | None = None,
        conditioning: str = "projection",
        normalization: str = "none",
        pooling: str = "sum",
        inserts: Mapping[int, keras.layers.Layer] | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if conditioning not in ("projection", "concatenation"):
            raise ValueError(
                '`conditioning` must be "projection" or "concatenation". Received: '
                f"conditioning={conditioning!r}."
            )
        if pooling not in ("sum", "mean"):
            raise ValueError(
                f'`pooling` must be "sum" or "mean". Received: pooling={pooling!r}.'
            )
        self.filters = tuple(filters)
        self.num_downsamples = num_downsamples
        self.conditioning = conditioning
        self.normalization = normalization
        self.pooling = pooling
        halving = len(self.filters) if num_downsamples is None else num_downsamples
        self.blocks = [
            ResBlockDown(
                n,
                downsample=i < halving,
                first=i == 0,
                normalization=normalization,
                dtype=self.dtype_policy,
            )
            for i, n in enumerate(self.filters)
        ]
        self.inserts = revive_inserts(inserts, len(self.blocks))
        # In full precision: a sum over pixels leaves float16 soon.
        self.head = ProjectionHead(
            spectral=normalization == "spectral", dtype=self.variable_dtype
        )

    def build(self, x_shape, context_shape=None):
        self.input_spec = [keras.layers.InputSpec(shape=(None, *x_shape[1:]))]
        _, height, width, channels = x_shape
        if context_shape is not None and self.conditioning == "concatenation":
            channels, context_shape = channels + context_shape[-1], None
        shape = (None, height, width, channels)
        for i, block in enumerate(self.blocks):
            block.build(shape)
            step = 2 if block.downsample else 1
            shape = (None, -(-shape[1] // step), -(-shape[2] // step), block.filters)
            if i in self.inserts and not self.inserts[i].built:  # a loaded one is
                self.inserts[i].build(shape)
        self.head.build((None, shape[-1]), context_shape)

    def call(self, x, context=None):
        if self.conditioning == "concatenation":
            x, context = with_context(x, context), None
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i in self.inserts:
                x = self.inserts[i](x)
        x = tf.cast(tf.nn.relu(x), self.variable_dtype)
        pool = tf.reduce_sum if self.pooling == "sum" else tf.reduce_mean
        return self.head(pool(x, axis=[1, 2]), context)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "num_downsamples": self.num_downsamples,
            "conditioning": self.conditioning,
            "normalization": self.normalization,
            "pooling": self.pooling,
            "inserts": serialize_inserts(self.inserts),
        }
