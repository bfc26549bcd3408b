"""From noise to an image, by residual blocks with conditional batch norm."""

from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf

from ..blocks import (
    ConditionalBatchNormalization,
    ResBlockUp,
    SpectralNormalization,
    block_convolution,
    check_image_shape,
    revive_inserts,
    serialize_inserts,
)


@keras.saving.register_keras_serializable(package="genkeras")
class ResNetGenerator(keras.layers.Layer):
    """Projects the noise to a small image, and doubles it by one block a scale.

    The last maps go through batch norm, ReLU and a convolution of side 3. What the
    doubling gives too much is cut off, so any image size is possible.

    Args:
        event_shape: three ints `(H, W, C)`. Shape of one output.
        filters: sequence of int. Maps of the smallest image, then of each block.
        conditioning: "normalization", where the context steers the batch norm of each
            block, or "concatenation", where it is put behind the noise.
        split_latents: bool. Whether the noise is cut into a part for the smallest
            image and one for the norms of each block, as in BigGAN.
        embedding_size: None, or the width of a linear map of the context which all
            blocks share.
        spectral: bool. Whether every weight is divided by its largest singular value.
        inserts: None, or a dict of int to layer: what stands behind the block of that
            number, such as self-attention. The first block is number 0.
        output_activation: str. Activation of the output.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        z: `[B, Z]` floats.
        context: None, or `[B, K]` floats.
        training: bool. Whether batch norm takes the batch's statistics.

    Returns:
        `[B, H, W, C]` floats.

    Raises:
        ValueError: if `event_shape` is not an image's, for another conditioning, or
            for noise too short to be cut.

    Example:
    >>> generator = ResNetGenerator(event_shape=(7, 7, 1), filters=(8, 4))
    >>> generator(tf.zeros([2, 5]), tf.one_hot([3, 7], 10)).shape
    TensorShape([2, 7, 7, 1])

    Reference:
        Miyato and Koyama, 2018, figure 14, https://arxiv.org/abs/1802.05637;
        Brock et al., 2019, appendix B, https://arxiv.org/abs/1809.11096
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        filters: Sequence[int] = (256, 256, 256, 256),
        *,
        conditioning: str = "normalization",
        split_latents: bool = False,
        embedding_size: int | None = None,
        spectral: bool = False,
        inserts: Mapping[int, keras.layers.Layer] | None = None,
        output_activation: str = "tanh",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_image_shape(self, event_shape)
        if conditioning not in ("normalization", "concatenation"):
            raise ValueError(
                '`conditioning` must be "normalization" or "concatenation". Received: '
                f"conditioning={conditioning!r}."
            )
        self.event_shape = tuple(event_shape)
        self.filters = tuple(filters)
        self.conditioning = conditioning
        self.split_latents = split_latents
        self.embedding_size = embedding_size
        self.spectral = spectral
        self.output_activation = output_activation
        height, width, channels = self.event_shape
        shrink = 2 ** (len(self.filters) - 1)
        self.small = (-(-height // shrink), -(-width // shrink), self.filters[0])
        self.embedding = None
        if embedding_size is not None:
            self.embedding = self._linear(embedding_size, use_bias=False)
        self.project = self._linear(self.small[0] * self.small[1] * self.small[2])
        shared = {"spectral": spectral, "dtype": self.dtype_policy}
        self.blocks = [ResBlockUp(n, **shared) for n in self.filters[1:]]
        self.inserts = revive_inserts(inserts, len(self.blocks))
        self.norm = ConditionalBatchNormalization(dtype=self.dtype_policy)
        self.out = block_convolution(channels, 3, **shared)

    def _linear(self, units, *, use_bias=True):
        layer = keras.layers.Dense(units, use_bias=use_bias, dtype=self.dtype_policy)
        return SpectralNormalization(layer) if self.spectral else layer

    # === Building ===
    def build(self, z_shape, context_shape=None):
        latent_size = z_shape[-1]
        self.input_spec = [keras.layers.InputSpec(ndim=2, axes={-1: latent_size})]
        context_size = 0 if context_shape is None else context_shape[-1]
        if self.embedding is not None and context_size:
            self.embedding.build((None, context_size))
            context_size = self.embedding_size
        if self.conditioning == "concatenation":
            latent_size, context_size = latent_size + context_size, 0
        first, *others = self.parts = self._cut(latent_size)
        self.project.build((None, first))
        shape = (None, *self.small)
        for i, (block, part) in enumerate(zip(self.blocks, others, strict=True)):
            size = part + context_size
            block.build(shape, (None, size) if size else None)
            shape = (None, 2 * shape[1], 2 * shape[2], block.filters)
            if i in self.inserts and not self.inserts[i].built:  # a loaded one is
                self.inserts[i].build(shape)
        self.norm.build(shape)
        self.out.build(shape)

    def _cut(self, latent_size):
        """How much of the noise the smallest image gets, and each block."""
        count = len(self.blocks)
        if not self.split_latents:
            return [latent_size] + [0] * count
        part, rest = divmod(latent_size, count + 1)
        if part == 0:
            raise ValueError(
                f"ResNetGenerator cuts its noise into {count + 1} parts. Received: "
                f"noise of length {latent_size}."
            )
        return [part + rest] + [part] * count

    # === Calling ===
    def call(self, z, context=None, training=None):
        if context is not None and self.embedding is not None:
            context = self.embedding(context)
        if context is not None and self.conditioning == "concatenation":
            z, context = tf.concat([z, context], axis=-1), None  # [B, Z + K]
        first, *others = tf.split(z, self.parts, axis=-1)
        x = tf.reshape(self.project(first), [-1, *self.small])
        for i, (block, part) in enumerate(zip(self.blocks, others, strict=True)):
            x = block(x, self._given(part, context), training=training)
            if i in self.inserts:
                x = self.inserts[i](x)
        x = self.out(tf.nn.relu(self.norm(x, training=training)))
        height, width, _ = self.event_shape
        x = x[:, :height, :width]
        return keras.activations.get(self.output_activation)(x)

    def _given(self, part, context):
        """What steers the norms of one block: its part of the noise, the context."""
        given = [] if part.shape[-1] == 0 else [part]
        given += [] if context is None else [context]
        return tf.concat(given, axis=-1) if given else None

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "event_shape": self.event_shape,
            "filters": self.filters,
            "conditioning": self.conditioning,
            "split_latents": self.split_latents,
            "embedding_size": self.embedding_size,
            "spectral": self.spectral,
            "inserts": serialize_inserts(self.inserts),
            "output_activation": self.output_activation,
        }
