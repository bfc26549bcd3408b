"""Curves over a number, as pictures."""

import dataclasses

import numpy as np

from .figures import new_figure, pixels_of


@dataclasses.dataclass(frozen=True)
class Curves:
    """What is drawn over one pair of axes.

    Attributes:
        x: `[N]`.
        lines: dict of name to `[N]`, drawn solid: what was measured or learned.
        exact: dict of name to `[N]`, drawn dashed, in the colours of `lines` in their
            order: what is known.
        exact_x: None, or `[M]`, where `exact` has its values; `lines` are then dots.
        x_label: str.
        y_label: str.
    """

    x: np.ndarray
    lines: dict[str, np.ndarray]
    exact: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    exact_x: np.ndarray | None = None
    x_label: str = ""
    y_label: str = ""


def draw_curves(*panels: Curves) -> np.ndarray:
    """Draws curves, with their names, on one or more pairs of axes side by side.

    Returns:
        `[400, 500 * panels, 3]` uint8.

    Example:
    >>> x = np.linspace(0.0, 1.0, 5)
    >>> draw_curves(Curves(x, {"square": x**2}), Curves(x, {"root": x**0.5})).shape
    (400, 1000, 3)
    """
    figure = new_figure(5 * len(panels))
    row = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, curves in zip(row, panels, strict=True):
        dots = curves.exact_x is not None
        exact_x = curves.exact_x if dots else curves.x
        for i, (name, y) in enumerate(curves.exact.items()):
            axes.plot(exact_x, y, "--", color=f"C{i}", label=name)
        for i, (name, y) in enumerate(curves.lines.items()):
            axes.plot(curves.x, y, "o" if dots else "-", color=f"C{i}", label=name)
        axes.set(xlabel=curves.x_label, ylabel=curves.y_label)
        # Above, where it covers nothing: matplotlib's search for a place is slow.
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return pixels_of(figure)
