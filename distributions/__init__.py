"""TFP bijectors and distributions that TFP lacks: pure maths, no trainable weights."""

from .bijector_config import bijector_config, bijector_from_config
from .first_channels import FirstChannels
from .joint_bijector import JointBijector
from .level_logits import level_logits
from .masked_coupling import MaskedCoupling
from .ode import solve_ode
from .ode_bijector import ODEBijector
from .space_to_depth import SpaceToDepth
from .split_coupling import SplitCoupling

__all__ = [
    "FirstChannels",
    "JointBijector",
    "MaskedCoupling",
    "ODEBijector",
    "SpaceToDepth",
    "SplitCoupling",
    "bijector_config",
    "bijector_from_config",
    "level_logits",
    "solve_ode",
]
