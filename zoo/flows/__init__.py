"""Normalizing flows."""

from .autoregressive_flow import AutoregressiveFlow
from .ffjord import FFJORD
from .flow import Flow
from .flow_plus_plus import FlowPlusPlus
from .glow import Glow
from .iaf import IAF
from .image_flow import ImageFlow
from .maf import MAF
from .multi_scale_real_nvp import MultiScaleRealNVP
from .neural_spline_flow import NeuralSplineFlow
from .nice import NICE
from .normalizing_flow import NormalizingFlow
from .real_nvp import RealNVP
from .vector_flow import VectorFlow

__all__ = [
    "AutoregressiveFlow",
    "FFJORD",
    "Flow",
    "FlowPlusPlus",
    "Glow",
    "IAF",
    "ImageFlow",
    "MAF",
    "MultiScaleRealNVP",
    "NICE",
    "NeuralSplineFlow",
    "NormalizingFlow",
    "RealNVP",
    "VectorFlow",
]
