"""Keras layers: they own every weight, and lend bijectors made of them."""

from .additive_coupling import AdditiveCoupling
from .additive_image_coupling import AdditiveImageCoupling
from .affine_coupling import AffineCoupling
from .affine_image_coupling import AffineImageCoupling
from .condition_encoder import ConditionEncoder
from .conv_conditioner import ConvConditioner
from .conv_decoder import ConvDecoder
from .conv_encoder import ConvEncoder
from .coupling import Coupling
from .dense_decoder import DenseDecoder
from .dense_encoder import DenseEncoder
from .diagonal_scaling import DiagonalScaling
from .factor_out import FactorOut
from .flow_layer import FlowLayer
from .flow_sequence import FlowSequence
from .image_coupling import ImageCoupling
from .mlp import MLP
from .resnet_conditioner import ResNetConditioner
from .squeezed import Squeezed

__all__ = [
    "MLP",
    "AdditiveCoupling",
    "AdditiveImageCoupling",
    "AffineCoupling",
    "AffineImageCoupling",
    "ConditionEncoder",
    "ConvConditioner",
    "ConvDecoder",
    "ConvEncoder",
    "Coupling",
    "DenseDecoder",
    "DenseEncoder",
    "DiagonalScaling",
    "FactorOut",
    "FlowLayer",
    "FlowSequence",
    "ImageCoupling",
    "ResNetConditioner",
    "Squeezed",
]
