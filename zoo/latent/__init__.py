"""Models with latent variables."""

from .latent_variable_model import LatentVariableModel
from .vae import VAE

__all__ = ["LatentVariableModel", "VAE"]
