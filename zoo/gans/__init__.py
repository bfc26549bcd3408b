"""Models that learn by a game between networks."""

from .adversarial_model import AdversarialModel
from .conditional_gan import ConditionalGAN
from .cycle_gan import CycleGAN
from .dcgan import DCGAN
from .dense_gan import DenseGAN
from .gan import GAN
from .lsgan import LSGAN
from .pix2pix import Pix2Pix
from .sngan import SNGAN
from .translation_model import TranslationModel
from .two_player_model import TwoPlayerModel
from .wgan import WGAN
from .wgan_gp import WGANGP
from .wgan_gp_resnet import WGANGPResNet

__all__ = [
    "AdversarialModel",
    "ConditionalGAN",
    "CycleGAN",
    "DCGAN",
    "DenseGAN",
    "GAN",
    "LSGAN",
    "Pix2Pix",
    "SNGAN",
    "TranslationModel",
    "TwoPlayerModel",
    "WGAN",
    "WGANGP",
    "WGANGPResNet",
]
