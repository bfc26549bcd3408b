"""The convolutions that residual blocks are made of."""

import keras

from .spectral_normalization import SpectralNormalization


def block_convolution(
    filters: int,
    kernel_size: int,
    *,
    gain: float = 1.0,
    use_bias: bool = True,
    spectral: bool = False,
    dtype=None,
) -> keras.layers.Layer:
    """Makes a convolution that keeps the size of the image.

    Args:
        filters: int. Maps of the output.
        kernel_size: int. Side of the kernel.
        gain: float. Weights start at Glorot's uniform, with this times its spread:
            1, or the root of 2 in front of a ReLU.
        use_bias: bool. Whether to add a bias.
        spectral: bool. Whether to divide the kernel by its largest singular value.
        dtype: dtype or policy of the layer.

    Returns:
        A layer from `[B, H, W, C]` to `[B, H, W, filters]`.

    Example:
    >>> block_convolution(4, 3, spectral=True)(tf.zeros([2, 5, 5, 3])).shape
    TensorShape([2, 5, 5, 4])
    """
    layer = keras.layers.Conv2D(
        filters,
        kernel_size,
        padding="same",
        use_bias=use_bias,
        kernel_initializer=keras.initializers.VarianceScaling(
            gain**2, "fan_avg", "uniform"
        ),
        dtype=dtype,
    )
    return SpectralNormalization(layer) if spectral else layer
