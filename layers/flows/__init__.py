"""Layers that lend invertible maps, couplings aside."""

from .act_norm import ActNorm
from .continuous_flow import ContinuousFlow
from .diagonal_scaling import DiagonalScaling
from .entrywise import (
    bounded,
    bounded_affine,
    gated_affine,
    mixture_then_affine,
    sigmoid_affine,
    spline,
)
from .factor_out import FactorOut
from .flow_layer import FlowLayer
from .flow_sequence import FlowSequence
from .invertible_batch_norm import InvertibleBatchNorm
from .invertible_linear import InvertibleLinear
from .masked_autoregressive import MaskedAutoregressive
from .permutation import Permutation
from .squeezed import Squeezed

__all__ = [
    "ActNorm",
    "ContinuousFlow",
    "DiagonalScaling",
    "FactorOut",
    "FlowLayer",
    "FlowSequence",
    "InvertibleBatchNorm",
    "InvertibleLinear",
    "MaskedAutoregressive",
    "Permutation",
    "Squeezed",
    "bounded",
    "bounded_affine",
    "gated_affine",
    "mixture_then_affine",
    "sigmoid_affine",
    "spline",
]
