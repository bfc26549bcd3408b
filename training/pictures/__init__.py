"""Pictures of samples, densities and curves."""

from .curves import Curves, draw_curves
from .figures import new_figure, pixels_of
from .pictures import Picture, draw, draw_density, picture_of, save_png

__all__ = [
    "Curves",
    "Picture",
    "draw",
    "draw_curves",
    "draw_density",
    "new_figure",
    "picture_of",
    "pixels_of",
    "save_png",
]
