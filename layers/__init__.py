"""Keras layers: they own every weight, and lend bijectors made of them."""

from .additive_coupling import AdditiveCoupling
from .affine_coupling import AffineCoupling
from .condition_encoder import ConditionEncoder
from .conv_decoder import ConvDecoder
from .conv_discriminator import ConvDiscriminator
from .conv_encoder import ConvEncoder
from .conv_generator import ConvGenerator
from .coupling import Coupling
from .dense_decoder import DenseDecoder
from .dense_encoder import DenseEncoder
from .diagonal_scaling import DiagonalScaling
from .flow_layer import FlowLayer
from .mlp import MLP
from .spectral_normalization import SpectralNormalization

__all__ = [
    "MLP",
    "AdditiveCoupling",
    "AffineCoupling",
    "ConditionEncoder",
    "ConvDecoder",
    "ConvDiscriminator",
    "ConvEncoder",
    "ConvGenerator",
    "Coupling",
    "DenseDecoder",
    "DenseEncoder",
    "DiagonalScaling",
    "FlowLayer",
    "SpectralNormalization",
]
