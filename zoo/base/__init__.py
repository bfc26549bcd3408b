"""What every model can do, and what models with a density can."""

from .density_model import DensityModel
from .generative_model import GenerativeModel

__all__ = ["DensityModel", "GenerativeModel"]
