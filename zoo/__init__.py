"""Deep generative models. Importing this registers them all with Keras for loading."""

import keras

if keras.config.backend() != "tensorflow":
    raise ImportError(
        "genkeras stands on TensorFlow Probability, so Keras must run on TensorFlow. "
        f"Received: keras.config.backend()={keras.config.backend()!r}. "
        "Set KERAS_BACKEND=tensorflow before the first import of Keras."
    )

from .adversarial import AdversarialModel  # noqa: E402
from .autoregressive_flow import AutoregressiveFlow  # noqa: E402
from .base import GenerativeModel  # noqa: E402
from .conditional_gan import ConditionalGAN  # noqa: E402
from .cycle_gan import CycleGAN  # noqa: E402
from .dcgan import DCGAN  # noqa: E402
from .dense_gan import DenseGAN  # noqa: E402
from .density import DensityModel  # noqa: E402
from .diff_augment import DiffAugment  # noqa: E402
from .ffjord import FFJORD  # noqa: E402
from .flow import Flow  # noqa: E402
from .flow_plus_plus import FlowPlusPlus  # noqa: E402
from .games import (  # noqa: E402
    Game,
    HingeGame,
    LeastSquaresGame,
    MinimaxGame,
    NonSaturatingGame,
    WassersteinGame,
    WassersteinGPGame,
)
from .gan import GAN  # noqa: E402
from .glow import Glow  # noqa: E402
from .iaf import IAF  # noqa: E402
from .image_flow import ImageFlow  # noqa: E402
from .latent import LatentVariableModel  # noqa: E402
from .lsgan import LSGAN  # noqa: E402
from .maf import MAF  # noqa: E402
from .multi_scale_real_nvp import MultiScaleRealNVP  # noqa: E402
from .neural_spline_flow import NeuralSplineFlow  # noqa: E402
from .nice import NICE  # noqa: E402
from .normalizing_flow import NormalizingFlow  # noqa: E402
from .pix2pix import Pix2Pix  # noqa: E402
from .real_nvp import RealNVP  # noqa: E402
from .regularizers import (  # noqa: E402
    DRAGAN,
    R1,
    R2,
    GradientPenalty,
    InstanceNoise,
    Regularizer,
    WeightClipping,
)
from .sngan import SNGAN  # noqa: E402
from .two_player import TwoPlayerModel  # noqa: E402
from .vae import VAE  # noqa: E402
from .wgan import WGAN  # noqa: E402
from .wgan_gp import WGANGP  # noqa: E402
from .wgan_gp_resnet import WGANGPResNet  # noqa: E402

__all__ = [
    "DCGAN",
    "DRAGAN",
    "FFJORD",
    "GAN",
    "IAF",
    "LSGAN",
    "MAF",
    "NICE",
    "R1",
    "R2",
    "SNGAN",
    "VAE",
    "WGAN",
    "WGANGP",
    "AdversarialModel",
    "AutoregressiveFlow",
    "ConditionalGAN",
    "CycleGAN",
    "DenseGAN",
    "DensityModel",
    "DiffAugment",
    "Flow",
    "FlowPlusPlus",
    "Game",
    "GenerativeModel",
    "Glow",
    "GradientPenalty",
    "HingeGame",
    "ImageFlow",
    "InstanceNoise",
    "LatentVariableModel",
    "LeastSquaresGame",
    "MinimaxGame",
    "MultiScaleRealNVP",
    "NeuralSplineFlow",
    "NonSaturatingGame",
    "NormalizingFlow",
    "Pix2Pix",
    "RealNVP",
    "Regularizer",
    "TwoPlayerModel",
    "WGANGPResNet",
    "WassersteinGPGame",
    "WassersteinGame",
    "WeightClipping",
]
