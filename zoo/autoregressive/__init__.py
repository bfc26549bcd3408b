"""Models that draw one position after another, each given those before it."""

from .autoregressive_model import AutoregressiveModel
from .char_rnn import CharRNN
from .char_transformer import CharTransformer
from .gated_pixel_cnn import GatedPixelCNN
from .image_transformer import ImageTransformer
from .made import MADE
from .pixel_cnn import PixelCNN
from .text_model import TextModel
from .walk import walk_image
from .wave_net import WaveNet

__all__ = [
    "MADE",
    "AutoregressiveModel",
    "CharRNN",
    "CharTransformer",
    "GatedPixelCNN",
    "ImageTransformer",
    "PixelCNN",
    "TextModel",
    "WaveNet",
    "walk_image",
]
