"""What stands between an exported model and those who ask it."""

from .edge import FORMATS, export_edge
from .layout import versions, write_served_model
from .serve import serve
from .served_model import BadRequestError, ServedModel
from .warm_up import write_warm_up

__all__ = [
    "BadRequestError",
    "FORMATS",
    "ServedModel",
    "export_edge",
    "serve",
    "versions",
    "write_served_model",
    "write_warm_up",
]
