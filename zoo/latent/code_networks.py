"""From images to maps of vectors, and back, by convolutions alone."""

import keras


def code_encoder(code_size: int, filters, *, activation: str, dtype):
    """Returns a network from `[B, H, W, C]` to `[B, h, w, code_size]`.

    Args:
        code_size: int. Channels of the output.
        filters: sequence of int. Maps of the stride-2 convolutions.
        activation: str. Of every hidden layer.
        dtype: as for `keras.layers.Layer`.
    """
    conv, kept = keras.layers.Conv2D, {"padding": "same", "dtype": dtype}
    halving = [conv(n, 4, strides=2, activation=activation, **kept) for n in filters]
    last = [
        conv(filters[-1], 3, activation=activation, **kept),
        conv(code_size, 1, **kept),
    ]
    return keras.Sequential([*halving, *last])


def code_decoder(channels: int, filters, *, activation: str, dtype):
    """Returns a network from `[B, h, w, D]` to `[B, H, W, channels]`.

    Args:
        channels: int. Channels of the output, which has no activation.
        filters: sequence of int. Maps at each size, the smallest first.
        activation: str. Of every hidden layer.
        dtype: as for `keras.layers.Layer`.
    """
    up, kept = keras.layers.Conv2DTranspose, {"padding": "same", "dtype": dtype}
    first = keras.layers.Conv2D(filters[0], 3, activation=activation, **kept)
    doubling = [up(n, 4, strides=2, activation=activation, **kept) for n in filters[1:]]
    last = up(channels, 4, strides=2, **kept)
    return keras.Sequential([first, *doubling, last])
