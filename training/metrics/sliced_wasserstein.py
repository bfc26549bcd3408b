"""The sliced Wasserstein distance of two sets of samples."""

import keras
import numpy as np
import tensorflow as tf

from .sample_set_metric import SampleSetMetric
from .sample_store import SampleStore


@keras.saving.register_keras_serializable(package="genkeras")
class SlicedWasserstein(SampleSetMetric):
    """The Wasserstein distance of two sets along random directions, averaged.

        (mean_l  integral_0^1 |F_l^-1(q) - G_l^-1(q)|^p dq)^(1/p)

    where `F_l` and `G_l` are the empirical distributions of the two sets, projected on
    the unit vector `l`. Along a direction the distance is exact, by sorting, for sets
    of any two sizes. It is 0 for equal distributions only, but two finite sets of one
    distribution are some way apart: quote beside it the distance of two sets of real
    examples. Only the projections of samples are kept.

    Args:
        extractor: None for the flattened samples themselves, or a Keras model or any
            function from a batch to `[B, ...]` features.
        num_projections: int. Directions.
        order: int. `p`, at least 1.
        max_samples: int. How many of each set can be kept.
        seed: int. Of the directions, which stay the same.
        name: str. Of the metric.

    Returns:
        float64, in units of the features.

    Raises:
        ValueError: for an empty set, features of different lengths, or features that
            are not finite.
        tf.errors.InvalidArgumentError: for more than `max_samples`.

    Example:
    >>> x = np.random.default_rng(0).normal(size=[100, 1])
    >>> round(float(SlicedWasserstein()(x, x + 3.0)), 6)  # on a line, all go by 3
    3.0

    Reference:
        Bonneel et al., 2015, https://doi.org/10.1007/s10851-014-0506-3
    """

    def __init__(
        self,
        extractor=None,
        *,
        num_projections: int = 100,
        order: int = 1,
        max_samples: int = 10_000,
        seed: int = 0,
        name: str | None = None,
    ):
        super().__init__(extractor, name=name)
        if min(num_projections, order) < 1:
            raise ValueError(
                "SlicedWasserstein takes num_projections >= 1 and order >= 1. "
                f"Received: num_projections={num_projections}, order={order}."
            )
        self.num_projections = num_projections
        self.order = order
        self.max_samples = max_samples
        self.seed = seed

    def _build(self, num_features):
        rng = np.random.default_rng(self.seed)
        directions = rng.normal(size=(num_features, self.num_projections))
        # No variable, which a reset would set to 0.
        self._directions = directions / np.linalg.norm(directions, axis=0)
        self._stores = {
            name: SampleStore(self, name, self.max_samples, self.num_projections)
            for name in ("real", "generated")
        }

    def _add(self, name, features):
        self._stores[name].append(tf.matmul(features, self._directions))  # [B, L]

    def _state(self):
        return [store.read() for store in self._stores.values()]

    def _compute(self, real, generated):
        n, m = len(real), len(generated)
        self._check_counts(1, real=n, generated=m)
        # Where either quantile function steps, in units of 1 / (n m), which are exact.
        steps = np.union1d(np.arange(1, n + 1) * m, np.arange(1, m + 1) * n)
        widths = np.diff(steps, prepend=0) / (n * m)
        left = np.sort(real, axis=0)[(steps - 1) // m]
        right = np.sort(generated, axis=0)[(steps - 1) // n]
        costs = widths @ np.abs(left - right) ** self.order  # [L]
        return costs.mean() ** (1.0 / self.order)

    def get_config(self):
        return {
            **super().get_config(),
            "num_projections": self.num_projections,
            "order": self.order,
            "max_samples": self.max_samples,
            "seed": self.seed,
        }
