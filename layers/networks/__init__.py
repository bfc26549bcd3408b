"""Whole networks: encoders, decoders, generators, discriminators."""

from .conv_decoder import ConvDecoder
from .conv_discriminator import ConvDiscriminator
from .conv_encoder import ConvEncoder
from .conv_generator import ConvGenerator
from .dense_decoder import DenseDecoder
from .dense_encoder import DenseEncoder
from .fully_conv_decoder import FullyConvDecoder
from .fully_conv_encoder import FullyConvEncoder
from .patch_discriminator import PatchDiscriminator
from .resnet_decoder import ResNetDecoder
from .resnet_discriminator import ResNetDiscriminator
from .resnet_encoder import ResNetEncoder
from .resnet_generator import ResNetGenerator
from .resnet_translator import ResNetTranslator
from .unet_generator import UNetGenerator

__all__ = [
    "ConvDecoder",
    "ConvDiscriminator",
    "ConvEncoder",
    "ConvGenerator",
    "DenseDecoder",
    "DenseEncoder",
    "FullyConvDecoder",
    "FullyConvEncoder",
    "PatchDiscriminator",
    "ResNetDecoder",
    "ResNetDiscriminator",
    "ResNetEncoder",
    "ResNetGenerator",
    "ResNetTranslator",
    "UNetGenerator",
]
