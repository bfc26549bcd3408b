"""Models with latent variables."""

from .autoregressive_likelihood import AutoregressiveLikelihood
from .bernoulli_likelihood import BernoulliLikelihood
from .bernoulli_mixture import BernoulliMixture
from .binary_latent_model import BinaryLatentModel
from .categorical_likelihood import CategoricalLikelihood
from .conditional_vae import ConditionalVAE
from .discretized_logistic_likelihood import DiscretizedLogisticLikelihood
from .evidence_bound import EvidenceBound
from .exact_sum import ExactSum
from .fit_posterior import fit_posterior
from .flow_prior import FlowPrior
from .gaussian_mixture import GaussianMixture
from .hierarchical_vae import HierarchicalVAE
from .importance_bound import ImportanceBound
from .iwae import IWAE
from .latent_estimator import LatentEstimator
from .latent_variable_model import LatentVariableModel
from .learned_prior import LearnedPrior
from .likelihood import Likelihood
from .mixture_model import MixtureModel
from .mixture_prior import MixturePrior
from .normal_likelihood import NormalLikelihood
from .prior_sampling import PriorSampling
from .vae import VAE
from .vqvae import VQVAE

__all__ = [
    "AutoregressiveLikelihood",
    "BernoulliLikelihood",
    "BernoulliMixture",
    "BinaryLatentModel",
    "CategoricalLikelihood",
    "ConditionalVAE",
    "DiscretizedLogisticLikelihood",
    "EvidenceBound",
    "ExactSum",
    "FlowPrior",
    "GaussianMixture",
    "HierarchicalVAE",
    "IWAE",
    "ImportanceBound",
    "LatentEstimator",
    "LatentVariableModel",
    "LearnedPrior",
    "Likelihood",
    "MixtureModel",
    "MixturePrior",
    "NormalLikelihood",
    "PriorSampling",
    "VAE",
    "VQVAE",
    "fit_posterior",
]
