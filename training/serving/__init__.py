"""What stands between an exported model and those who ask it."""

from .layout import write_served_model
from .served_model import BadRequest, ServedModel
from .warm_up import write_warm_up

__all__ = ["BadRequest", "ServedModel", "write_served_model", "write_warm_up"]
