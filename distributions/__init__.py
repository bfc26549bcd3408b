"""TFP bijectors and distributions that TFP lacks: pure maths, no trainable weights."""

from .affine import Affine
from .autoregressive_transform import AutoregressiveTransform
from .bijector_config import bijector_config, bijector_from_config
from .level_logits import level_logits
from .logistic_mixture_cdf import LogisticMixtureCDF
from .newton_polish import newton_polish
from .rational_quadratic_spline import RationalQuadraticSpline
from .split_coupling import SplitCoupling

__all__ = [
    "Affine",
    "AutoregressiveTransform",
    "LogisticMixtureCDF",
    "RationalQuadraticSpline",
    "SplitCoupling",
    "bijector_config",
    "bijector_from_config",
    "level_logits",
    "newton_polish",
]
