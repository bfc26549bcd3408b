"""Couplings over vectors and images, and what conditions them."""

from .additive_coupling import AdditiveCoupling
from .additive_image_coupling import AdditiveImageCoupling
from .affine_coupling import AffineCoupling
from .affine_image_coupling import AffineImageCoupling
from .conv_conditioner import ConvConditioner
from .coupling import Coupling
from .gated_attention_conditioner import GatedAttentionConditioner
from .image_coupling import ImageCoupling
from .logistic_mixture_coupling import LogisticMixtureCoupling
from .logistic_mixture_image_coupling import LogisticMixtureImageCoupling
from .resnet_conditioner import ResNetConditioner
from .spline_coupling import SplineCoupling
from .variational_dequantizer import VariationalDequantizer

__all__ = [
    "AdditiveCoupling",
    "AdditiveImageCoupling",
    "AffineCoupling",
    "AffineImageCoupling",
    "ConvConditioner",
    "Coupling",
    "GatedAttentionConditioner",
    "ImageCoupling",
    "LogisticMixtureCoupling",
    "LogisticMixtureImageCoupling",
    "ResNetConditioner",
    "SplineCoupling",
    "VariationalDequantizer",
]
