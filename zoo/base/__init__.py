"""What every model can do, and what models with a density can."""

from .accumulation import in_parts, of_part
from .along_line import along_line
from .batches import unpack, untuned
from .check_distribution import check_distribution, check_reparameterized
from .data_watch import DataWatch
from .density_model import DensityModel
from .front_door import FrontDoor
from .generative_model import GenerativeModel
from .gradient_log import GradientLog
from .keras_habits import check_rate
from .loss_watch import LossWatch, TrainingStoppedError
from .pace import Pace
from .presets import load_file, preset_folder, preset_names
from .reconstruction import check_error, mean_errors, range_for, to_mean
from .refusal import refusal
from .step_model import StepModel

__all__ = [
    "DataWatch",
    "DensityModel",
    "FrontDoor",
    "GenerativeModel",
    "GradientLog",
    "LossWatch",
    "Pace",
    "StepModel",
    "TrainingStoppedError",
    "along_line",
    "check_distribution",
    "check_error",
    "check_rate",
    "check_reparameterized",
    "in_parts",
    "mean_errors",
    "of_part",
    "load_file",
    "preset_folder",
    "preset_names",
    "range_for",
    "refusal",
    "to_mean",
    "unpack",
    "untuned",
]
