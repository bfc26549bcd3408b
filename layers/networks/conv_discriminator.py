"""From an image to a score, by convolutions kept in bounds."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from ..blocks import SpectralNormalization, batch_norm, start_for


@keras.saving.register_keras_serializable(package="genkeras")
class ConvDiscriminator(keras.layers.Layer):
    """Halves an image by strided convolutions, then reads a score off the last maps.

    With batch norm (DCGAN): one convolution of stride 2 per entry of `filters`, batch
    norm after each but the first, leaky ReLU. Weights start at `Normal(0, 0.02^2)`.
    The statistics are of the batch on all replicas: the score of one example depends
    on the others, which a gradient penalty does not allow.

    With spectral norm (SN-GAN): per entry of `filters` but the last a convolution of
    side 3 and one of stride 2; then one of side 3 for the last entry. All of them
    and the read-out are divided by their largest singular value.

    Args:
        filters: sequence of int. Maps at each size, the largest image first.
        normalization: "batch" or "spectral".
        kernel_size: int. Side of the kernels of stride 2.
        negative_slope: float. Slope of the leaky ReLU below 0.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats; `H` and `W` need not be even.
        context: None, or `[B, K]` floats, which every pixel is given as `K` more
            channels.
        training: bool. Whether batch norm takes the batch's statistics, or spectral
            norm a step.

    Returns:
        `[B, 1]` floats, raw scores.

    Raises:
        ValueError: for another normalisation.

    Example:
    >>> ConvDiscriminator(filters=(4, 8))(tf.zeros([2, 7, 7, 1])).shape
    TensorShape([2, 1])

    Reference:
        Radford et al., 2016, section 3, https://arxiv.org/abs/1511.06434;
        Miyato et al., 2018, table 3, https://arxiv.org/abs/1802.05957
    """

    def __init__(
        self,
        filters: Sequence[int] = (64, 128, 256),
        *,
        normalization: str = "batch",
        kernel_size: int = 4,
        negative_slope: float = 0.2,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if normalization not in ("batch", "spectral"):
            raise ValueError(
                '`normalization` must be "batch" or "spectral". Received: '
                f"normalization={normalization!r}."
            )
        self.filters = tuple(filters)
        self.normalization = normalization
        self.kernel_size = kernel_size
        self.negative_slope = negative_slope
        batch = normalization == "batch"
        self.convolutions, self.norms = (
            self._batch_blocks() if batch else (self._spectral_blocks(), [])
        )
        self.out = keras.layers.Dense(
            1, kernel_initializer=start_for(self.normalization), dtype=self.dtype_policy
        )
        if not batch:
            self.out = SpectralNormalization(self.out)

    def _convolution(self, n, side, strides, *, use_bias=True):
        return keras.layers.Conv2D(
            n,
            side,
            strides,
            "same",
            use_bias=use_bias,
            kernel_initializer=start_for(self.normalization),
            dtype=self.dtype_policy,
        )

    def _batch_blocks(self):
        convolutions = [
            # Batch norm takes the mean away, and with it any bias.
            self._convolution(n, self.kernel_size, 2, use_bias=i == 0)
            for i, n in enumerate(self.filters)
        ]
        norms = [batch_norm(self.dtype_policy) for _ in self.filters[1:]]
        return convolutions, norms

    def _spectral_blocks(self):
        convolutions = []
        for n in self.filters[:-1]:
            convolutions.append(self._convolution(n, 3, 1))
            convolutions.append(self._convolution(n, self.kernel_size, 2))
        convolutions.append(self._convolution(self.filters[-1], 3, 1))
        return [SpectralNormalization(convolution) for convolution in convolutions]

    def build(self, x_shape, context_shape=None):
        self.input_spec = [keras.layers.InputSpec(shape=(None, *x_shape[1:]))]
        context_size = context_shape[-1] if context_shape is not None else 0
        shape = (None, *x_shape[1:-1], x_shape[-1] + context_size)
        for convolution, norm in self._blocks():
            convolution.build(shape)
            inner = getattr(convolution, "layer", convolution)
            shape = inner.compute_output_shape(shape)
            if norm is not None:
                norm.build(shape)
        self.flat_size = int(tf.TensorShape(shape[1:]).num_elements())
        self.out.build((None, self.flat_size))

    def _blocks(self):
        """Each convolution with the batch norm behind it, or None."""
        missing = len(self.convolutions) - len(self.norms)
        return zip(self.convolutions, [None] * missing + list(self.norms), strict=True)

    def call(self, x, context=None, training=None):
        if context is not None:
            shape = tf.concat([tf.shape(x)[:-1], tf.shape(context)[-1:]], axis=0)
            context = tf.cast(context, x.dtype)[:, None, None]
            x = tf.concat([x, tf.broadcast_to(context, shape)], axis=-1)
        for convolution, norm in self._blocks():
            x = convolution(x)  # [B, H', W', filters]
            if norm is not None:
                x = norm(x, training=training)
            x = tf.nn.leaky_relu(x, self.negative_slope)
        return self.out(tf.reshape(x, [-1, self.flat_size]))

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "normalization": self.normalization,
            "kernel_size": self.kernel_size,
            "negative_slope": self.negative_slope,
        }
