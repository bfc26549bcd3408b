"""Pictures of samples, as arrays and as PNG files."""

import dataclasses
import math

import numpy as np
import tensorflow as tf

from ..files import written_aside
from .figures import new_figure, pixels_of

# Small images are enlarged to about this side, in whole steps.
_TILE = 32


@dataclasses.dataclass(frozen=True)
class Picture:
    """How the examples of a data set are drawn.

    Attributes:
        image_shape: None for points of the plane, else `(H, W, C)`, `C` 1 or 3.
        low: float. What is drawn black, or the lower end of both axes.
        high: float. What is drawn white, or the upper end of both axes.
    """

    image_shape: tuple[int, ...] | None
    low: float
    high: float


def picture_of(x: np.ndarray, num_levels: int | None) -> Picture | None:
    """Returns how to draw `x`, `[N, *event]`, or None if it cannot be drawn."""
    event = x.shape[1:]
    if event == (2,) and num_levels is not None:
        return Picture(None, -0.5, num_levels - 0.5)  # a cell for each pair of levels
    if event == (2,):
        # Most of the mass, for one far point must not shrink the picture.
        low, high = np.quantile(x, [0.001, 0.999])
        margin = 0.1 * (high - low)
        return Picture(None, float(low - margin), float(high + margin))
    if len(event) == 3 and event[-1] in (1, 3):
        top = float(x.max()) if num_levels is None else num_levels - 1.0
        low = float(x.min()) if num_levels is None else 0.0
        return Picture(tuple(event), low, top)
    return None


def draw(x, picture: Picture, columns: int | None = None) -> np.ndarray:
    """Draws examples as one image.

    Args:
        x: `[N, *event]`; images may be flattened.
        picture: how to draw them.
        columns: None for a near-square grid, or how many images stand in a row.

    Returns:
        `[H, W, C]` uint8: a grid of images, or a scatter plot.

    Example:
    >>> draw(np.zeros([5, 64]), Picture((8, 8, 1), 0.0, 16.0)).shape
    (73, 109, 1)
    """
    x = np.asarray(x)
    if picture.image_shape is None:
        return _scatter(x, picture)
    images = x.reshape(-1, *picture.image_shape).astype("float64")
    scaled = (images - picture.low) / (picture.high - picture.low)
    pixels = np.round(255.0 * np.clip(scaled, 0.0, 1.0)).astype("uint8")
    return _grid(pixels, columns)


def _grid(images, columns):
    factor = max(1, _TILE // images.shape[1])
    images = images.repeat(factor, axis=1).repeat(factor, axis=2)
    count, height, width, channels = images.shape
    columns = columns or math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    # A grey line around each image, and what is left of the last row.
    canvas = np.full(
        (rows * (height + 4) + 1, columns * (width + 4) + 1, channels), 96, "uint8"
    )
    for i, image in enumerate(images):
        top, left = (i // columns) * (height + 4), (i % columns) * (width + 4)
        canvas[top + 2 : top + 2 + height, left + 2 : left + 2 + width] = image
    return canvas


def _scatter(x, picture):
    return _plane(
        picture,
        lambda axes: axes.scatter(x[:, 0], x[:, 1], s=2, alpha=0.5, linewidths=0),
    )


def _plane(picture, plot):
    """What `plot` draws on the axes of a picture, as `[H, W, 3]` uint8."""
    figure = new_figure(4)
    axes = figure.add_subplot()
    plot(axes)
    axes.set(
        xlim=(picture.low, picture.high),
        ylim=(picture.low, picture.high),
        aspect="equal",
    )
    return pixels_of(figure)


def draw_density(log_prob, picture: Picture, resolution: int = 200) -> np.ndarray:
    """Draws a density over the plane, from black at 0 to bright where it is highest.

    Args:
        log_prob: function from `[N, 2]` float32 to `[N]` nats.
        picture: how points of the plane are drawn; gives both axes.
        resolution: int. Cells along an axis.

    Returns:
        `[H, W, 3]` uint8.

    Example:
    >>> draw_density(lambda x: -x[:, 0] ** 2, Picture(None, -1.0, 1.0), 4).shape
    (400, 400, 3)
    """
    # The middle of each cell, row by row.
    edge = (picture.high - picture.low) / resolution
    middle = picture.low + edge * (np.arange(resolution) + 0.5)
    points = np.stack(np.meshgrid(middle, middle), axis=-1).reshape(-1, 2)
    density = np.exp(np.asarray(log_prob(points.astype("float32"))))
    return _plane(
        picture,
        lambda axes: axes.imshow(
            density.reshape(resolution, resolution),
            origin="lower",
            extent=(picture.low, picture.high, picture.low, picture.high),
            cmap="inferno",
            vmin=0.0,
            vmax=np.quantile(density, 0.999),  # one bright point must not darken all
        ),
    )


def save_png(image: np.ndarray, path) -> None:
    """Writes `[H, W, C]` uint8 to a file, making its folder if need be."""
    with written_aside(path) as draft:
        draft.write_bytes(tf.io.encode_png(image).numpy())
