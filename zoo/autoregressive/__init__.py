"""Models that draw one position after another, each given those before it."""

from .autoregressive_model import AutoregressiveModel
from .bayes_net import BayesNet
from .char_rnn import CharRNN
from .char_transformer import CharTransformer
from .chow_liu_tree import chow_liu_tree
from .compiled_fills import CompiledFills
from .discretized_logistic_mixture import DiscretizedLogisticMixture
from .gated_pixel_cnn import GatedPixelCNN
from .histogram import Histogram
from .image_transformer import ImageTransformer
from .made import MADE
from .pixel_cnn import PixelCNN
from .pixel_cnn_plus_plus import PixelCNNPlusPlus
from .pixel_rnn import PixelRNN
from .tabular_model import TabularModel
from .text_model import TextModel
from .walk import walk_image
from .wave_net import WaveNet

__all__ = [
    "MADE",
    "AutoregressiveModel",
    "BayesNet",
    "CharRNN",
    "CharTransformer",
    "CompiledFills",
    "DiscretizedLogisticMixture",
    "GatedPixelCNN",
    "Histogram",
    "ImageTransformer",
    "PixelCNN",
    "PixelCNNPlusPlus",
    "PixelRNN",
    "TabularModel",
    "TextModel",
    "WaveNet",
    "chow_liu_tree",
    "walk_image",
]
