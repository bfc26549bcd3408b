"""What every model can do, and what models with a density can."""

from .along_line import along_line
from .batches import untuned
from .density_model import DensityModel
from .front_door import FrontDoor, refusal
from .generative_model import GenerativeModel

__all__ = [
    "DensityModel",
    "FrontDoor",
    "GenerativeModel",
    "along_line",
    "refusal",
    "untuned",
]
