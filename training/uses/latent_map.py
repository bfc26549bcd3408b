"""Codes on the plane, in the colors of their labels."""

import numpy as np

from ..pictures import new_figure, pixels_of


def draw_latent_map(codes, labels) -> np.ndarray:
    """Draws each code as a dot in the color of its label.

    Codes of more than two numbers are drawn by their first two principal components.

    Args:
        codes: `[N, Z]`, such as `features_of` returns.
        labels: `[N]` integers.

    Returns:
        `[500, 500, 3]` uint8.

    Example:
    >>> draw_latent_map(np.zeros([3, 2]), [0, 1, 1]).shape
    (500, 500, 3)
    """
    codes, labels = np.asarray(codes, "float64"), np.asarray(labels)
    names = ("$z_1$", "$z_2$")
    if codes.shape[1] == 1:
        codes, names = np.concatenate([codes, labels[:, None]], 1), ("$z_1$", "label")
    elif codes.shape[1] > 2:
        centered = codes - codes.mean(axis=0)
        axes = np.linalg.svd(centered, full_matrices=False)[2]
        codes = centered @ axes[:2].T
        names = ("first principal component", "second")
    figure = new_figure(5, 5)
    axes = figure.add_subplot()
    for label in np.unique(labels):
        rows = codes[labels == label]
        color = f"C{label % 10}"
        axes.plot(rows[:, 0], rows[:, 1], ".", ms=2, color=color, label=f"{label}")
    axes.set(xlabel=names[0], ylabel=names[1])
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=10, markerscale=5,
                handletextpad=0.0, columnspacing=0.5)  # fmt: skip
    return pixels_of(figure)
