"""Which pixel depends on which."""

from collections.abc import Sequence

import numpy as np

from .figures import new_figure, pixels_of


def draw_graph(
    parents: Sequence[Sequence[int]], image_shape: Sequence[int]
) -> np.ndarray:
    """Draws a line from each pixel to the pixels that it depends on.

    Args:
        parents: for each pixel, in reading order, the indices of those.
        image_shape: `(H, W, C)`; channels of a pixel lie in one place.

    Returns:
        `[400, 400, 3]` uint8.

    Example:
    >>> draw_graph([(), (0,), (0,), (1, 2)], (2, 2, 1)).shape
    (400, 400, 3)
    """
    height, width, channels = image_shape
    rows, columns = np.divmod(np.arange(len(parents)) // channels, width)
    figure = new_figure(4)
    axes = figure.add_subplot()
    for child, own in enumerate(parents):
        for parent in own:
            ends = [parent, child]
            axes.plot(columns[ends], rows[ends], "-", color="C0", linewidth=1.0)
    axes.plot(columns, rows, ".", color="k", markersize=2.0)
    axes.set(xlim=(-1, width), ylim=(height, -1), aspect="equal")
    axes.set_axis_off()
    return pixels_of(figure)
