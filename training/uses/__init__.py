"""What a trained model is good for, beside its samples."""

from ... import _backend  # noqa: F401 (refuses other backends of Keras)
from .adversarial_attacks import fgsm, pgd, robust_accuracy
from .anomalies import anomaly_scores, log_likelihoods, roc
from .features import features_of
from .inference_gaps import inference_gaps
from .latent_map import draw_latent_map
from .linear_probe import linear_probe, probe_beside_pca
from .posterior_report import posterior_report
from .synthetic_data import train_on_samples
from .traverse import traverse

__all__ = [
    "anomaly_scores",
    "draw_latent_map",
    "features_of",
    "fgsm",
    "inference_gaps",
    "linear_probe",
    "log_likelihoods",
    "pgd",
    "posterior_report",
    "probe_beside_pca",
    "robust_accuracy",
    "roc",
    "train_on_samples",
    "traverse",
]
