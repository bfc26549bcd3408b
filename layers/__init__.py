"""Keras layers: they own every weight, and lend bijectors made of them."""

from .act_norm import ActNorm
from .additive_coupling import AdditiveCoupling
from .additive_image_coupling import AdditiveImageCoupling
from .affine_coupling import AffineCoupling
from .affine_image_coupling import AffineImageCoupling
from .autoregressive_solve import autoregressive_solve
from .block_convolution import block_convolution
from .concat_squash import ConcatSquash
from .condition_encoder import ConditionEncoder
from .conditional_batch_normalization import ConditionalBatchNormalization
from .continuous_flow import ContinuousFlow
from .conv_conditioner import ConvConditioner
from .conv_decoder import ConvDecoder
from .conv_discriminator import ConvDiscriminator
from .conv_encoder import ConvEncoder
from .conv_generator import ConvGenerator
from .coupling import Coupling
from .dense_decoder import DenseDecoder
from .dense_encoder import DenseEncoder
from .diagonal_scaling import DiagonalScaling
from .factor_out import FactorOut
from .flow_layer import FlowLayer
from .flow_sequence import FlowSequence
from .gated_attention_conditioner import GatedAttentionConditioner
from .global_moments import global_moments
from .image_context import with_context
from .image_coupling import ImageCoupling
from .image_pool import ImagePool
from .invertible_batch_norm import InvertibleBatchNorm
from .invertible_linear import InvertibleLinear
from .logistic_mixture_coupling import LogisticMixtureCoupling
from .logistic_mixture_image_coupling import LogisticMixtureImageCoupling
from .made import MADE
from .masked_autoregressive import MaskedAutoregressive
from .masked_dense import MaskedDense
from .mlp import MLP
from .patch_discriminator import PatchDiscriminator
from .permutation import Permutation
from .projection_head import ProjectionHead
from .res_block_down import ResBlockDown
from .res_block_up import ResBlockUp
from .resnet_conditioner import ResNetConditioner
from .resnet_discriminator import ResNetDiscriminator
from .resnet_generator import ResNetGenerator
from .resnet_translator import ResNetTranslator
from .spectral_normalization import SpectralNormalization, spectral_layers
from .spline_coupling import SplineCoupling
from .squeezed import Squeezed
from .training_flag import TrainingFlag
from .unet_generator import UNetGenerator
from .variational_dequantizer import VariationalDequantizer

__all__ = [
    "MADE",
    "MLP",
    "ActNorm",
    "AdditiveCoupling",
    "AdditiveImageCoupling",
    "AffineCoupling",
    "AffineImageCoupling",
    "ConcatSquash",
    "ConditionEncoder",
    "ConditionalBatchNormalization",
    "ContinuousFlow",
    "ConvConditioner",
    "ConvDecoder",
    "ConvDiscriminator",
    "ConvEncoder",
    "ConvGenerator",
    "Coupling",
    "DenseDecoder",
    "DenseEncoder",
    "DiagonalScaling",
    "FactorOut",
    "FlowLayer",
    "FlowSequence",
    "GatedAttentionConditioner",
    "ImageCoupling",
    "ImagePool",
    "InvertibleBatchNorm",
    "InvertibleLinear",
    "LogisticMixtureCoupling",
    "LogisticMixtureImageCoupling",
    "MaskedAutoregressive",
    "MaskedDense",
    "PatchDiscriminator",
    "Permutation",
    "ProjectionHead",
    "ResBlockDown",
    "ResBlockUp",
    "ResNetConditioner",
    "ResNetDiscriminator",
    "ResNetGenerator",
    "ResNetTranslator",
    "SpectralNormalization",
    "SplineCoupling",
    "Squeezed",
    "TrainingFlag",
    "UNetGenerator",
    "VariationalDequantizer",
    "autoregressive_solve",
    "block_convolution",
    "global_moments",
    "spectral_layers",
    "with_context",
]
