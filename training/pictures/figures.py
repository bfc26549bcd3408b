"""Figures of matplotlib as arrays."""

import io

import numpy as np
import tensorflow as tf


def new_figure(width: float, height: float = 4):
    """Returns an empty figure of `100 * width` by `100 * height` pixels.

    Example:
    >>> pixels_of(new_figure(5)).shape
    (400, 500, 3)
    """
    from matplotlib.figure import Figure  # not before there is something to draw

    return Figure(figsize=(width, height), dpi=100, layout="tight")


def pixels_of(figure) -> np.ndarray:
    """Returns a drawn figure as `[H, W, 3]` uint8."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return tf.io.decode_png(buffer.getvalue(), channels=3).numpy()
