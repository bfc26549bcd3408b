"""What every model can do, and what models with a density can."""

from .along_line import along_line
from .batches import unpack, untuned
from .check_distribution import check_distribution, check_reparameterized
from .counts import is_real
from .data_watch import DataWatch
from .density_model import DensityModel
from .front_door import FrontDoor
from .generative_model import GenerativeModel
from .pace import Pace
from .reconstruction import check_error, mean_errors, range_for, to_mean
from .refusal import refusal

__all__ = [
    "DataWatch",
    "DensityModel",
    "FrontDoor",
    "GenerativeModel",
    "Pace",
    "along_line",
    "check_distribution",
    "check_error",
    "check_reparameterized",
    "is_real",
    "mean_errors",
    "range_for",
    "refusal",
    "to_mean",
    "unpack",
    "untuned",
]
