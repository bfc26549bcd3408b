"""From noise to an image, by transposed convolutions with batch norm."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from ..blocks import batch_norm, check_image_shape, normal_start


@keras.saving.register_keras_serializable(package="genkeras")
class ConvGenerator(keras.layers.Layer):
    """Projects the noise to a small image, and doubles that until it is large enough.

    Every hidden layer is followed by batch norm, whose statistics are of the batch on
    all replicas, and ReLU. What the doubling gives too much is cut off, so any image
    size is possible. Weights start at `Normal(0, 0.02^2)`, as in the paper.

    Args:
        event_shape: three ints `(H, W, C)`. Shape of one output.
        filters: sequence of int. Maps at each size, the smallest image first.
        kernel_size: int. Side of the kernels.
        output_stride: 2 or 1. Whether the last convolution doubles the image too, as
            in DCGAN, or is one of side 3 at full size, as in SN-GAN.
        output_activation: str. Activation of the output.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        z: `[B, Z]` floats.
        context: None, or `[B, K]` floats, which are put behind the noise.
        training: bool. Whether batch norm takes the batch's statistics.

    Returns:
        `[B, H, W, C]` floats.

    Raises:
        ValueError: if `event_shape` is not an image's, or for another stride.

    Example:
    >>> ConvGenerator(event_shape=(7, 7, 1), filters=(8, 4))(tf.zeros([2, 5])).shape
    TensorShape([2, 7, 7, 1])

    Reference:
        Radford et al., 2016, section 3, https://arxiv.org/abs/1511.06434
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        filters: Sequence[int] = (256, 128, 64),
        *,
        kernel_size: int = 4,
        output_stride: int = 2,
        output_activation: str = "tanh",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_image_shape(self, event_shape)
        if output_stride not in (1, 2):
            raise ValueError(
                "`output_stride` must be 1 or 2. Received: "
                f"output_stride={output_stride}."
            )
        self.event_shape = tuple(event_shape)
        self.filters = tuple(filters)
        self.kernel_size = kernel_size
        self.output_stride = output_stride
        self.output_activation = output_activation
        height, width, channels = self.event_shape
        shrink = 2 ** (len(self.filters) - 2 + output_stride)
        self.small = (-(-height // shrink), -(-width // shrink), self.filters[0])
        # Batch norm takes the mean away, and with it any bias.
        self.project = keras.layers.Dense(
            self.small[0] * self.small[1] * self.small[2],
            use_bias=False,
            kernel_initializer=normal_start(),
            dtype=self.dtype_policy,
        )
        self.convolutions = [
            keras.layers.Conv2DTranspose(
                n,
                kernel_size,
                2,
                "same",
                use_bias=False,
                kernel_initializer=normal_start(),
                dtype=self.dtype_policy,
            )
            for n in self.filters[1:]
        ]
        self.norms = [batch_norm(self.dtype_policy) for _ in self.filters]
        self.out = keras.layers.Conv2DTranspose(
            channels,
            kernel_size if output_stride == 2 else 3,
            output_stride,
            "same",
            activation=output_activation,
            kernel_initializer=normal_start(),
            dtype=self.dtype_policy,
        )

    def build(self, z_shape, context_shape=None):
        self.input_spec = [keras.layers.InputSpec(ndim=2, axes={-1: z_shape[-1]})]
        context_size = context_shape[-1] if context_shape is not None else 0
        self.project.build((None, z_shape[-1] + context_size))
        shape = (None, *self.small)
        self.norms[0].build(shape)
        for convolution, norm in zip(self.convolutions, self.norms[1:], strict=True):
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)
            norm.build(shape)
        self.out.build(shape)

    def call(self, z, context=None, training=None):
        if context is not None:
            z = tf.concat([z, tf.cast(context, z.dtype)], axis=-1)  # [B, Z + K]
        x = tf.reshape(self.project(z), [-1, *self.small])
        x = tf.nn.relu(self.norms[0](x, training=training))
        for convolution, norm in zip(self.convolutions, self.norms[1:], strict=True):
            x = norm(convolution(x), training=training)  # [B, 2 H', 2 W', filters]
            x = tf.nn.relu(x)
        height, width, _ = self.event_shape
        return self.out(x)[:, :height, :width]

    def get_config(self):
        return {
            **super().get_config(),
            "event_shape": self.event_shape,
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "output_stride": self.output_stride,
            "output_activation": self.output_activation,
        }
