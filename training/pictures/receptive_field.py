"""What a pixel sees of those before it."""

import numpy as np
import tensorflow as tf

# Colours of the pixel, what it sees, what it might see and does not, and the rest.
_PIXEL, _SEEN, _BLIND, _LATER = (
    (0, 0, 0),
    (70, 130, 180),
    (200, 60, 50),
    (235, 235, 235),
)
_SCALE = 8  # screen pixels a side


def draw_receptive_field(model, pixel=None) -> np.ndarray:
    """Draws what one pixel sees: blue; what lies before it and is not seen, red.

    A pixel is seen if the outputs at `pixel` have a gradient to it, at one of 16 random
    images. Of colours the channels are taken together.

    Args:
        model: an `AutoregressiveModel` of images.
        pixel: None for the middle of the second to last third of the rows, or a pair of
            row and column.

    Returns:
        `[8 H, 8 W, 3]` uint8.

    Raises:
        ValueError: for a pixel that is not in the image.

    Reference:
        van den Oord et al., 2016, figure 1, https://arxiv.org/abs/1606.05328
    """
    height, width = model.event_shape[:2]
    row, column = pixel or (2 * height // 3, width // 2)
    if not (0 <= row < height and 0 <= column < width):
        raise ValueError(
            f"A pixel lies in an image of {height} x {width}. Received: "
            f"pixel={(row, column)}."
        )
    seen = _seen(model, row, column)
    earlier = np.arange(height * width).reshape(height, width) < row * width + column
    picture = np.where(
        seen[..., None], _SEEN, np.where(earlier[..., None], _BLIND, _LATER)
    )
    picture[row, column] = _PIXEL
    return np.kron(picture, np.ones([_SCALE, _SCALE, 1])).astype("uint8")


def _seen(model, row, column):
    noise = np.random.default_rng(0).normal(size=(16, *model.event_shape))
    x = tf.constant(noise, model.variable_dtype)
    size = model.condition_size
    context = [tf.ones([16, size], model.variable_dtype)] if size else []
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = model.network(x, *context)[:, row, column]
        # Not linear, or gradients of several outputs might cancel.
        y = tf.reduce_sum(tf.sin(3.0 * y))
    slopes = np.abs(tape.gradient(y, x)).max(axis=(0, -1))
    slopes[row, column] = 0.0  # of colours the earlier channels of the pixel itself
    return slopes > 0.0
