"""Keras layers: they own every weight, and lend bijectors made of them."""

from .act_norm import ActNorm
from .additive_coupling import AdditiveCoupling
from .affine_coupling import AffineCoupling
from .autoregressive_solve import autoregressive_solve
from .condition_encoder import ConditionEncoder
from .conv_decoder import ConvDecoder
from .conv_encoder import ConvEncoder
from .coupling import Coupling
from .dense_decoder import DenseDecoder
from .dense_encoder import DenseEncoder
from .diagonal_scaling import DiagonalScaling
from .flow_layer import FlowLayer
from .global_moments import global_moments
from .invertible_batch_norm import InvertibleBatchNorm
from .invertible_linear import InvertibleLinear
from .logistic_mixture_coupling import LogisticMixtureCoupling
from .made import MADE
from .masked_autoregressive import MaskedAutoregressive
from .masked_dense import MaskedDense
from .mlp import MLP
from .permutation import Permutation
from .spline_coupling import SplineCoupling
from .training_flag import TrainingFlag

__all__ = [
    "MADE",
    "MLP",
    "ActNorm",
    "AdditiveCoupling",
    "AffineCoupling",
    "ConditionEncoder",
    "ConvDecoder",
    "ConvEncoder",
    "Coupling",
    "DenseDecoder",
    "DenseEncoder",
    "DiagonalScaling",
    "FlowLayer",
    "InvertibleBatchNorm",
    "InvertibleLinear",
    "LogisticMixtureCoupling",
    "MaskedAutoregressive",
    "MaskedDense",
    "Permutation",
    "SplineCoupling",
    "TrainingFlag",
    "autoregressive_solve",
    "global_moments",
]
