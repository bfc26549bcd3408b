"""Pictures of samples, densities and curves."""

from .curves import Curves, draw_curves
from .figures import new_figure, pixels_of
from .graphs import draw_graph
from .pictures import Picture, draw, draw_density, picture_of, save_png
from .spectrograms import draw_spectrograms

__all__ = [
    "Curves",
    "Picture",
    "draw",
    "draw_curves",
    "draw_density",
    "draw_graph",
    "draw_spectrograms",
    "new_figure",
    "picture_of",
    "pixels_of",
    "save_png",
]
