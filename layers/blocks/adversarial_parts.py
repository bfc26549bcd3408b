"""Norms and first weights that the networks of adversarial models share."""

import keras


def normal_start() -> keras.initializers.Initializer:
    """Returns the initializer of DCGAN, normal with a standard deviation of 0.02.

    Reference:
        Radford et al., 2016, section 4, https://arxiv.org/abs/1511.06434
    """
    return keras.initializers.RandomNormal(stddev=0.02)


def start_for(normalization: str) -> keras.initializers.Initializer:
    """Returns the initializer that suits how a network is normalized.

    The scale of a spectrally normalized weight drops out of the score, but divides the
    steps that it takes: Glorot's, near a singular value of 1.
    """
    if normalization == "spectral":
        return keras.initializers.GlorotUniform()
    return normal_start()


def batch_norm(dtype) -> keras.layers.BatchNormalization:
    """Returns batch norm over the global batch, with the settings of adversarial nets.

    Example:
    >>> batch_norm("float32").momentum
    0.9
    """
    return keras.layers.BatchNormalization(
        momentum=0.9, epsilon=1e-5, synchronized=True, dtype=dtype
    )


def instance_norm(dtype) -> keras.layers.GroupNormalization:
    """Returns the norm of each map of each image by itself."""
    return keras.layers.GroupNormalization(-1, epsilon=1e-5, dtype=dtype)


def map_norm(normalization: str, dtype) -> keras.layers.Layer:
    """Returns the norm of that name.

    Args:
        normalization: "instance" or "batch".
        dtype: the layer's dtype or policy.
    """
    return instance_norm(dtype) if normalization == "instance" else batch_norm(dtype)
