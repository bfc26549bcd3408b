"""Fidelity and diversity of samples, by nearest neighbors."""

import keras
import numpy as np

from .sample_set_metric import SampleSetMetric
from .sample_store import SampleStore

_ROWS = 1000  # of a matrix of distances at a time: 80 MB beside 10,000 samples


@keras.saving.register_keras_serializable(package="genkeras")
class PrecisionRecallDensityCoverage(SampleSetMetric):
    """Four shares, by balls around samples that reach to their k-th nearest neighbor.

        precision   share of generated samples in the ball of any real one
        recall      share of real samples in the ball of any generated one
        density     mean over the generated of (balls of real ones it is in) / k
        coverage    share of real samples with a generated one in their own ball

    The balls of a set reach to the k-th nearest *other* sample of the same set, and are
    closed. Precision and density say how good samples are, recall and coverage how many
    kinds of the real ones they show. One far-off real sample has a huge ball, which
    raises precision; density and coverage suffer less. Density may exceed 1; of equal
    distributions it is 1 in expectation, and coverage near `1 - 2^-k`.

    Args:
        extractor: None for the flattened samples themselves, or a Keras model or any
            function from a batch to `[B, ...]` features.
        num_neighbors: int. `k`; 3 in the first paper, 5 in the second.
        max_samples: int. How many of each set can be kept. Both papers take sets of
            equal size, about 10,000 or more.
        name: str. Of the metric.

    Returns:
        A dict of float64: `precision`, `recall`, `density`, `coverage`.

    Raises:
        ValueError: for `num_neighbors` samples of a set or fewer, features of different
            lengths, or features that are not finite.
        tf.errors.InvalidArgumentError: for more than `max_samples`.

    Example:
    >>> real = np.array([[0.0], [1.0], [2.0], [9.0], [10.0], [11.0]])
    >>> one_mode = np.array([[0.1], [0.9], [1.9]])
    >>> found = PrecisionRecallDensityCoverage(num_neighbors=1)(real, one_mode)
    >>> {name: round(float(value), 3) for name, value in found.items()}
    {'precision': 1.0, 'recall': 0.5, 'density': 2.0, 'coverage': 0.5}

    Reference:
        Kynkaanniemi et al., 2019, section 2, https://arxiv.org/abs/1904.06991;
        Naeem et al., 2020, section 3, https://arxiv.org/abs/2002.09797
    """

    outputs = ("precision", "recall", "density", "coverage")

    def __init__(
        self,
        extractor=None,
        *,
        num_neighbors: int = 5,
        max_samples: int = 10_000,
        name: str | None = None,
    ):
        super().__init__(extractor, name=name)
        if num_neighbors < 1:
            raise ValueError(
                "PrecisionRecallDensityCoverage takes num_neighbors >= 1. Received: "
                f"num_neighbors={num_neighbors}."
            )
        self.num_neighbors = num_neighbors
        self.max_samples = max_samples

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
        k = self.num_neighbors
        self._check_counts(k + 1, real=len(real), generated=len(generated))
        centre = real.mean(axis=0)  # near 0, differences keep more of their digits
        real, generated = real - centre, generated - centre
        # A distance of 0, or to the k-th neighbor's own copy, may be rounded up.
        slack = 1e-12 * max(_squares(real).max(), _squares(generated).max())
        real_radius = _squared_radius(real, k) + slack
        generated_radius = _squared_radius(generated, k) + slack
        balls = np.zeros(len(generated))  # how many of the real each is in
        recalled, covered = [], []
        for rows, squared in _squared_distances(real, generated):
            inside = squared <= real_radius[rows, None]  # [rows, M]
            balls += inside.sum(axis=0)
            covered.append(inside.any(axis=1))
            recalled.append((squared <= generated_radius).any(axis=1))
        return (
            (balls > 0).mean(),
            np.concatenate(recalled).mean(),
            balls.mean() / k,
            np.concatenate(covered).mean(),
        )

    def get_config(self):
        return {
            **super().get_config(),
            "num_neighbors": self.num_neighbors,
            "max_samples": self.max_samples,
        }


def _squares(x):
    return np.sum(x**2, axis=1)


def _squared_distances(x, y):
    """Yields slices of `x`, and the `[rows, M]` squared distances of each to `y`."""
    for start in range(0, len(x), _ROWS):
        rows = slice(start, start + _ROWS)
        products = x[rows] @ y.T
        squared = _squares(x[rows])[:, None] + _squares(y) - 2.0 * products
        yield rows, np.clip(squared, 0.0, None)


def _squared_radius(x, k):
    """To the k-th nearest other sample."""
    found = np.empty(len(x))
    for rows, squared in _squared_distances(x, x):
        own = np.arange(len(squared))
        squared[own, rows.start + own] = np.inf
        found[rows] = np.partition(squared, k - 1, axis=1)[:, k - 1]
    return found
