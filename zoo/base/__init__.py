"""What every model can do, and what models with a density can."""

from .accumulation import in_parts, of_part
from .along_line import along_line
from .batches import untuned
from .data_watch import DataWatch
from .density_model import DensityModel
from .front_door import FrontDoor
from .generative_model import GenerativeModel
from .loss_watch import TrainingStopped
from .reconstruction import check_error, mean_errors, range_for, to_mean
from .refusal import refusal

__all__ = [
    "DataWatch",
    "DensityModel",
    "FrontDoor",
    "GenerativeModel",
    "TrainingStopped",
    "along_line",
    "check_error",
    "in_parts",
    "mean_errors",
    "of_part",
    "range_for",
    "refusal",
    "to_mean",
    "untuned",
]
