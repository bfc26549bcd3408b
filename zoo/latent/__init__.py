"""Models with latent variables."""

from .bernoulli_mixture import BernoulliMixture
from .binary_latent_model import BinaryLatentModel
from .evidence_bound import EvidenceBound
from .exact_sum import ExactSum
from .gaussian_mixture import GaussianMixture
from .importance_bound import ImportanceBound
from .iwae import IWAE
from .latent_estimator import LatentEstimator
from .latent_variable_model import LatentVariableModel
from .mixture_model import MixtureModel
from .prior_sampling import PriorSampling
from .vae import VAE

__all__ = [
    "BernoulliMixture",
    "BinaryLatentModel",
    "EvidenceBound",
    "ExactSum",
    "GaussianMixture",
    "IWAE",
    "ImportanceBound",
    "LatentEstimator",
    "LatentVariableModel",
    "MixtureModel",
    "PriorSampling",
    "VAE",
]
