"""Models with latent variables."""

from .bernoulli_mixture import BernoulliMixture
from .gaussian_mixture import GaussianMixture
from .latent_variable_model import LatentVariableModel
from .mixture_model import MixtureModel
from .vae import VAE

__all__ = [
    "BernoulliMixture",
    "GaussianMixture",
    "LatentVariableModel",
    "MixtureModel",
    "VAE",
]
