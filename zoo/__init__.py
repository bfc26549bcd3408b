"""Deep generative models. Importing this registers them all with Keras for loading."""

import keras

if keras.config.backend() != "tensorflow":
    raise ImportError(
        "genkeras stands on TensorFlow Probability, so Keras must run on TensorFlow. "
        f"Received: keras.config.backend()={keras.config.backend()!r}. "
        "Set KERAS_BACKEND=tensorflow before the first import of Keras."
    )

from .adversarial import AdversarialModel  # noqa: E402
from .base import GenerativeModel  # noqa: E402
from .density import DensityModel  # noqa: E402
from .ffjord import FFJORD  # noqa: E402
from .flow import Flow  # noqa: E402
from .flow_plus_plus import FlowPlusPlus  # noqa: E402
from .games import Game, NonSaturatingGame, WassersteinGPGame  # noqa: E402
from .gan import GAN  # noqa: E402
from .glow import Glow  # noqa: E402
from .iaf import IAF  # noqa: E402
from .image_flow import ImageFlow  # noqa: E402
from .latent import LatentVariableModel  # noqa: E402
from .maf import MAF  # noqa: E402
from .multi_scale_real_nvp import MultiScaleRealNVP  # noqa: E402
from .neural_spline_flow import NeuralSplineFlow  # noqa: E402
from .nice import NICE  # noqa: E402
from .normalizing_flow import NormalizingFlow  # noqa: E402
from .real_nvp import RealNVP  # noqa: E402
from .vae import VAE  # noqa: E402
from .wgan_gp import WGANGP  # noqa: E402

__all__ = [
    "FFJORD",
    "GAN",
    "IAF",
    "MAF",
    "NICE",
    "VAE",
    "WGANGP",
    "AdversarialModel",
    "DensityModel",
    "Flow",
    "FlowPlusPlus",
    "Game",
    "GenerativeModel",
    "Glow",
    "ImageFlow",
    "LatentVariableModel",
    "MultiScaleRealNVP",
    "NeuralSplineFlow",
    "NonSaturatingGame",
    "NormalizingFlow",
    "RealNVP",
    "WassersteinGPGame",
]
