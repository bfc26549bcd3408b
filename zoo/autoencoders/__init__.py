"""Autoencoders: an encoder, a decoder, and what keeps them from the identity."""

from .autoencoder import Autoencoder
from .bottleneck_autoencoder import BottleneckAutoencoder
from .contractive_autoencoder import ContractiveAutoencoder
from .denoising_autoencoder import DenoisingAutoencoder
from .sparse_autoencoder import SparseAutoencoder

__all__ = [
    "Autoencoder",
    "BottleneckAutoencoder",
    "ContractiveAutoencoder",
    "DenoisingAutoencoder",
    "SparseAutoencoder",
]
