"""Output heads: what a network's numbers say of the data."""

from .bernoulli_head import BernoulliHead
from .categorical_head import CategoricalHead
from .choose_head import choose_head
from .discretized_logistic_head import DiscretizedLogisticHead
from .gaussian_mixture_head import GaussianMixtureHead
from .output_head import OutputHead

__all__ = [
    "BernoulliHead",
    "CategoricalHead",
    "DiscretizedLogisticHead",
    "GaussianMixtureHead",
    "OutputHead",
    "choose_head",
]
