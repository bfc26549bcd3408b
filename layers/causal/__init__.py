"""Layers whose outputs see earlier positions only."""

from .autoregressive_solve import autoregressive_solve
from .masked_dense import MaskedDense
from .masked_mlp import MaskedMLP

__all__ = ["MaskedDense", "MaskedMLP", "autoregressive_solve"]
