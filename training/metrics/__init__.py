"""Numbers that say how good samples are, as `keras.metrics.Metric`s.

Those of two sets take `update_state(real=..., generated=...)`, one set or both at a
time, in batches of any size; called, they update and return the result.
"""

from ... import _backend  # noqa: F401 (refuses other backends of Keras)
from ...layers.blocks import check_settings
from .frechet_distance import (
    FrechetDistance,
    frechet_distance,
    gaussian_frechet_distance,
)
from .higgins_score import higgins_score
from .inception_style_score import InceptionStyleScore
from .kernel_distance import KernelDistance
from .lossless_codecs import codec_bits_per_dim
from .mnist_features import (
    MNISTFeatures,
    digit_classifier,
    mnist_features,
    save_weights,
)
from .mode_coverage import ModeCoverage, mode_coverage, nearest_modes, stacked_modes
from .parzen_log_likelihood import ParzenLogLikelihood
from .precision_recall_density_coverage import PrecisionRecallDensityCoverage
from .sample_set_metric import SampleSetMetric
from .sliced_wasserstein import SlicedWasserstein

__all__ = [
    "FrechetDistance",
    "InceptionStyleScore",
    "KernelDistance",
    "MNISTFeatures",
    "ModeCoverage",
    "ParzenLogLikelihood",
    "PrecisionRecallDensityCoverage",
    "SampleSetMetric",
    "SlicedWasserstein",
    "codec_bits_per_dim",
    "digit_classifier",
    "frechet_distance",
    "gaussian_frechet_distance",
    "higgins_score",
    "mnist_features",
    "mode_coverage",
    "nearest_modes",
    "save_weights",
    "stacked_modes",
]

check_settings(part for name in __all__ if isinstance(part := globals()[name], type))
