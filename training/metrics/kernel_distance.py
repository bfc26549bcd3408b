"""The kernel distance of two sets of samples."""

import keras
import numpy as np

from .sample_set_metric import SampleSetMetric
from .sample_store import SampleStore


@keras.saving.register_keras_serializable(package="genkeras")
class KernelDistance(SampleSetMetric):
    """The unbiased squared maximum mean discrepancy of two sets of features.

        E k(r, r') + E k(g, g') - 2 E k(r, g),   k(a, b) = (a.b / D + 1)^3

    with the features of Inception, the KID. Unlike a Frechet distance it has the same
    expectation for sets of any size, which is 0 for equal distributions, so it may come
    out negative. The mean over subsets, each used once: the samples are shuffled and
    cut, whatever their order, so that the subsets are independent and give an honest
    standard error. (Other programs draw 100 overlapping subsets: the expectation is
    the same.)

    Args:
        extractor: None for the flattened samples themselves, or a Keras model or any
            function from a batch to `[B, ...]` features.
        subset_size: int. Samples of the smaller set in a subset, at least; the paper
            has 1,000.
        max_samples: int. How many of each set can be kept.
        seed: int. Of the shuffle.
        name: str. Of the metric.

    Returns:
        A dict of float64: `kernel_distance`, and `kernel_distance_standard_error`, NaN
        if there is one subset only.

    Raises:
        ValueError: for fewer than 2 samples of a set, features of different lengths,
            or features that are not finite.
        tf.errors.InvalidArgumentError: for more than `max_samples`.

    Example:
    >>> x = np.random.default_rng(0).normal(size=(3, 400, 2))
    >>> distance = KernelDistance(subset_size=100)
    >>> same, far = distance(x[0], x[1]), KernelDistance()(x[0], x[2] + 1.0)
    >>> abs(float(same["kernel_distance"])) < 0.1, float(far["kernel_distance"]) > 1.0
    (True, True)

    Reference:
        Binkowski et al., 2018, https://arxiv.org/abs/1801.01401;
        Gretton et al., 2012, eq. 3, https://jmlr.org/papers/v13/gretton12a.html
    """

    outputs = ("kernel_distance", "kernel_distance_standard_error")

    def __init__(
        self,
        extractor=None,
        *,
        subset_size: int = 1000,
        max_samples: int = 10_000,
        seed: int = 0,
        name: str | None = None,
    ):
        super().__init__(extractor, name=name)
        if subset_size < 2:
            raise ValueError(
                "KernelDistance takes subset_size >= 2. Received: "
                f"subset_size={subset_size}."
            )
        self.subset_size = subset_size
        self.max_samples = max_samples
        self.seed = seed

    def _build(self, num_features):
        self._stores = {
            name: SampleStore(self, name, self.max_samples, num_features)
            for name in ("real", "generated")
        }

    def _add(self, name, features):
        self._stores[name].append(features)

    def _state(self):
        return [store.read() for store in self._stores.values()]

    def _compute(self, real, generated):
        self._check_counts(2, real=len(real), generated=len(generated))
        rng = np.random.default_rng(self.seed)
        num = max(1, min(len(real), len(generated)) // self.subset_size)
        pairs = zip(
            np.array_split(rng.permutation(real), num),
            np.array_split(rng.permutation(generated), num),
            strict=True,
        )
        found = np.array([_squared_discrepancy(x, y) for x, y in pairs])
        error = found.std(ddof=1) / np.sqrt(num) if num > 1 else np.nan
        return found.mean(), error

    def get_config(self):
        return {
            **super().get_config(),
            "subset_size": self.subset_size,
            "max_samples": self.max_samples,
            "seed": self.seed,
        }


def _squared_discrepancy(x, y):
    return _mean_of_pairs(x) + _mean_of_pairs(y) - 2.0 * _kernel(x, y).mean()


def _mean_of_pairs(x):
    """Over all pairs of different samples: one with itself would bias the mean."""
    kernel = _kernel(x, x)
    return (kernel.sum() - np.trace(kernel)) / (len(x) * (len(x) - 1))


def _kernel(x, y):
    return (x @ y.T / x.shape[1] + 1.0) ** 3
