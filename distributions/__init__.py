"""TFP bijectors and distributions that TFP lacks: pure maths, no trainable weights."""

from .. import _backend  # noqa: F401 (refuses other backends of Keras)
from .affine import Affine
from .autoregressive_transform import AutoregressiveTransform
from .bijector_config import bijector_config, bijector_from_config
from .discretized_logistic import DiscretizedLogistic
from .first_channels import FirstChannels
from .in_order import InOrder
from .joint_bijector import JointBijector
from .level_logits import level_logits
from .logistic_mixture_cdf import LogisticMixtureCDF
from .masked_coupling import MaskedCoupling
from .newton_polish import newton_polish
from .ode import solve_ode
from .ode_bijector import ODEBijector
from .rational_quadratic_spline import RationalQuadraticSpline
from .space_to_depth import SpaceToDepth
from .split_coupling import SplitCoupling
from .spread_batch import SpreadBatch

__all__ = [
    "Affine",
    "AutoregressiveTransform",
    "DiscretizedLogistic",
    "FirstChannels",
    "InOrder",
    "JointBijector",
    "LogisticMixtureCDF",
    "MaskedCoupling",
    "ODEBijector",
    "RationalQuadraticSpline",
    "SpaceToDepth",
    "SplitCoupling",
    "SpreadBatch",
    "bijector_config",
    "bijector_from_config",
    "level_logits",
    "newton_polish",
    "solve_ode",
]
