"""From an image to another one of the same size, with connections past the waist."""

import statistics
from collections.abc import Sequence

import keras
import tensorflow as tf

from ..blocks import check_image_shape, map_norm, normal_start


@keras.saving.register_keras_serializable(package="genkeras")
class UNetGenerator(keras.layers.Layer):
    """Halves an image to a few numbers, and doubles it back beside what it was.

        e_1 = conv(source),   e_i = norm(conv(leaky(e_(i-1)))),   no norm at the waist
        d_i = dropout(norm(deconv(relu(d_(i+1))))) beside e_i
        y   = activation(deconv(relu(d_1)))

    All kernels have stride 2. An odd side is rounded up on the way down and cropped on
    the way up, so every size that can be halved often enough goes.

    The noise is the dropout, in training and in sampling alike, and stands in the
    open: a unit of the first `num_dropouts` maps behind the waist is kept where its own
    number of the standard normal `z` lies above the quantile of `dropout_rate`, and
    divided by `1 - dropout_rate`. The image is thus a function of `(z, source)`.

    Args:
        event_shape: three ints `(H, W, C)`. Shape of the image that is made.
        filters: sequence of int. Maps at each halving, the largest image first.
        num_dropouts: int. How many of the maps behind the waist are dropped from; of
            those that there are, which is one less than halvings.
        dropout_rate: float. Share of the units that are dropped.
        normalization: "instance", over the pixels of each map of each image; or
            "batch", over the batch on all replicas.
        kernel_size: int. Side of the kernels.
        output_activation: str. Keras activation of the image.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        z: `[B, noise_size]` floats.
        source: `[B, H, W, K]` floats.
        training: bool. Whether batch norm takes the batch's statistics.

    Returns:
        `[B, H, W, C]` floats.

    Raises:
        ValueError: if `event_shape` is not an image's or is halved too often, for
            another normalisation or a rate outside `(0, 1)`.

    Example:
    >>> generator = UNetGenerator((7, 7, 1), filters=(4, 8))
    >>> z = tf.random.stateless_normal([2, generator.noise_size], seed=(0, 1))
    >>> generator.noise_size, generator(z, tf.zeros([2, 7, 7, 3])).shape
    (64, TensorShape([2, 7, 7, 1]))

    Reference:
        Isola et al., 2017, section 6.1.1, https://arxiv.org/abs/1611.07004
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        filters: Sequence[int] = (64, 128, 256, 512, 512, 512, 512, 512),
        *,
        num_dropouts: int = 3,
        dropout_rate: float = 0.5,
        normalization: str = "instance",
        kernel_size: int = 4,
        output_activation: str = "tanh",
        **kwargs,
    ):
        super().__init__(**kwargs)
        if normalization not in ("instance", "batch"):
            raise ValueError(
                '`normalization` must be "instance" or "batch". Received: '
                f"normalization={normalization!r}."
            )
        if not 0.0 < dropout_rate < 1.0:
            raise ValueError(
                "`dropout_rate` must lie in (0, 1); num_dropouts=0 goes without. "
                f"Received: dropout_rate={dropout_rate}."
            )
        check_image_shape(self, event_shape)
        self.event_shape = tuple(event_shape)
        self.filters = tuple(filters)
        self.num_dropouts = num_dropouts
        self.dropout_rate = dropout_rate
        self.normalization = normalization
        self.kernel_size = kernel_size
        self.output_activation = output_activation
        self.sizes = _halvings(self.event_shape, len(self.filters))
        self._make_layers()

    def _make_layers(self):
        last = len(self.filters) - 1
        # A norm takes the mean away, and with it any bias. None stands at the waist: of
        # a single pixel it would leave nothing.
        normed = [0 < i < last for i in range(last + 1)]
        self.downs = [
            self._convolution(keras.layers.Conv2D, n, use_bias=not norm)
            for n, norm in zip(self.filters, normed, strict=True)
        ]
        self.down_norms = [self._norm() for norm in normed if norm]
        self.ups = [
            self._convolution(keras.layers.Conv2DTranspose, n, use_bias=False)
            for n in reversed(self.filters[:-1])
        ]
        self.up_norms = [self._norm() for _ in self.ups]
        self.out = self._convolution(
            keras.layers.Conv2DTranspose,
            self.event_shape[-1],
            activation=self.output_activation,
        )

    def _convolution(self, kind, filters, **kwargs):
        return kind(
            filters,
            self.kernel_size,
            2,
            "same",
            kernel_initializer=normal_start(),
            dtype=self.dtype_policy,
            **kwargs,
        )

    def _norm(self):
        return map_norm(self.normalization, self.dtype_policy)

    def _dropped_shapes(self):
        """The maps that are dropped from, `(H', W', filters)`, from the waist on."""
        shapes = [
            (*size, n) for size, n in zip(self.sizes[1:], self.filters, strict=True)
        ]
        return shapes[-2::-1][: self.num_dropouts]

    @property
    def noise_size(self) -> int:
        """How many numbers `z` has: one for each unit that may be dropped."""
        return sum(height * width * n for height, width, n in self._dropped_shapes())

    def build(self, z_shape, source_shape):
        self.input_spec = [keras.layers.InputSpec(shape=(None, self.noise_size))]
        channels = source_shape[-1]
        for down, size in zip(self.downs, self.sizes, strict=False):
            down.build((None, *size, channels))
            channels = down.filters
        for norm, i in zip(self.down_norms, range(1, len(self.filters)), strict=False):
            norm.build((None, *self.sizes[i + 1], self.filters[i]))
        for i, (up, norm) in enumerate(zip(self.ups, self.up_norms, strict=True)):
            up.build((None, *self.sizes[-1 - i], channels))
            norm.build((None, *self.sizes[-2 - i], up.filters))
            channels = 2 * up.filters  # with what stood there on the way down
        self.out.build((None, *self.sizes[1], channels))

    def call(self, z, source, training=None):
        encoded = self._encode(source, training)
        x, noise = encoded.pop(), self._noise(z)
        for up, norm in zip(self.ups, self.up_norms, strict=True):
            x = up(tf.nn.relu(x))  # [B, 2 H', 2 W', filters]
            beside = encoded.pop()
            x = norm(x[:, : beside.shape[1], : beside.shape[2]], training=training)
            if noise:
                x = self._drop(x, noise.pop(0))
            x = tf.concat([x, beside], axis=-1)
        height, width, _ = self.event_shape
        return self.out(tf.nn.relu(x))[:, :height, :width]

    def _encode(self, x, training):
        """The maps of each halving."""
        encoded = [self.downs[0](x)]
        norms = [*self.down_norms, None]  # none at the waist
        for down, norm in zip(self.downs[1:], norms, strict=False):
            x = down(tf.nn.leaky_relu(encoded[-1], 0.2))  # [B, H'/2, W'/2, filters]
            encoded.append(x if norm is None else norm(x, training=training))
        return encoded

    def _noise(self, z):
        """`z` as the maps that it decides on."""
        shapes = self._dropped_shapes()
        parts = tf.split(z, [h * w * n for h, w, n in shapes], axis=1) if shapes else []
        return [
            tf.reshape(part, [-1, *shape])
            for part, shape in zip(parts, shapes, strict=True)
        ]

    def _drop(self, x, noise):
        quantile = statistics.NormalDist().inv_cdf(self.dropout_rate)
        kept = x / (1.0 - self.dropout_rate)
        return tf.where(noise > quantile, kept, tf.zeros_like(x))

    def get_config(self):
        return {
            **super().get_config(),
            "event_shape": self.event_shape,
            "filters": self.filters,
            "num_dropouts": self.num_dropouts,
            "dropout_rate": self.dropout_rate,
            "normalization": self.normalization,
            "kernel_size": self.kernel_size,
            "output_activation": self.output_activation,
        }


def _halvings(event_shape, count):
    """The heights and widths, from the image to the waist."""
    sizes = [event_shape[:2]]
    for _ in range(count):
        if sizes[-1] == (1, 1):
            raise ValueError(
                f"UNetGenerator halves an image until one pixel is left. Received: "
                f"{count} filters, and an image that can be halved {len(sizes) - 1} "
                f"times, event_shape={event_shape}."
            )
        height, width = sizes[-1]
        sizes.append((-(-height // 2), -(-width // 2)))
    return sizes
