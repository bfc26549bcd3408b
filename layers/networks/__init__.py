"""Whole networks: encoders, decoders, generators, discriminators."""

from .conv_decoder import ConvDecoder
from .conv_discriminator import ConvDiscriminator
from .conv_encoder import ConvEncoder
from .conv_generator import ConvGenerator
from .dense_decoder import DenseDecoder
from .dense_encoder import DenseEncoder
from .patch_discriminator import PatchDiscriminator
from .resnet_discriminator import ResNetDiscriminator
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
    "PatchDiscriminator",
    "ResNetDiscriminator",
    "ResNetGenerator",
    "ResNetTranslator",
    "UNetGenerator",
]
