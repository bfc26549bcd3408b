"""The log-likelihood of test data under a kernel density of samples."""

from collections.abc import Sequence

import keras
import numpy as np

from .sample_set_metric import SampleSetMetric
from .sample_store import SampleStore

_ROWS = 500  # of a matrix of distances at a time: 40 MB beside 10,000 samples


@keras.saving.register_keras_serializable(package="genkeras")
class ParzenLogLikelihood(SampleSetMetric):
    """The score of the first GAN papers: a Gaussian kernel on each generated sample.

        log p(x) = log (1/N) sum_i Normal(x; g_i, sigma^2 I)

    `sigma` is the one of `sigmas` under which the validation set is most likely. The
    defaults are those of the script behind the number of Goodfellow et al., 225 nats on
    MNIST: pixels in `[0, 1]`, 10,000 generated samples, 1,000 validation images, the
    whole test set.

    **For the comparison with those papers, and nothing else.** In hundreds of
    dimensions no affordable number of samples comes near the likelihood of the model:
    Theis et al. show centres of k-means scoring above the data's own distribution, and
    rankings unlike those by likelihood. Where a model has a `log_prob`, use that.

    Args:
        sigmas: sequence of float. Widths to choose from.
        max_samples: int. How many of each set can be kept.
        name: str. Of the metric.

    Returns:
        A dict of float64: `parzen_log_likelihood` in nats per example of the test set,
        its standard error `parzen_log_likelihood_standard_error`, and `parzen_sigma`.

    Raises:
        ValueError: for an empty set, samples of different lengths, or entries that are
            not finite.
        tf.errors.InvalidArgumentError: for more than `max_samples`.

    Example:
    >>> x = np.random.default_rng(0).normal(size=(3, 500, 1))
    >>> parzen = ParzenLogLikelihood(sigmas=(0.01, 0.3, 9.0))
    >>> found = parzen(generated=x[0], validation=x[1], test=x[2])
    >>> float(found["parzen_sigma"])
    0.3

    Reference:
        Breuleux et al., 2011, https://doi.org/10.1162/NECO_a_00158; Goodfellow et al.,
        2014, section 5, https://arxiv.org/abs/1406.2661; against it, Theis et al.,
        2016, https://arxiv.org/abs/1511.01844
    """

    outputs = (
        "parzen_log_likelihood",
        "parzen_log_likelihood_standard_error",
        "parzen_sigma",
    )

    def __init__(
        self,
        sigmas: Sequence[float] = tuple(np.logspace(-1.0, 0.0, 10).tolist()),
        *,
        max_samples: int = 10_000,
        name: str | None = None,
    ):
        super().__init__(name=name)
        if not sigmas or min(sigmas) <= 0.0:
            raise ValueError(
                f"ParzenLogLikelihood takes sigmas > 0. Received: sigmas={sigmas}."
            )
        self.sigmas = tuple(sigmas)
        self.max_samples = max_samples

    def update_state(self, generated=None, validation=None, test=None):
        """Adds a batch to one set, or to several; each None, or `[B, *event]`."""
        self._update(generated=generated, validation=validation, test=test)

    def _build(self, num_features):
        self._stores = {
            name: SampleStore(self, name, self.max_samples, num_features)
            for name in ("generated", "validation", "test")
        }

    def _add(self, name, features):
        self._stores[name].append(features)

    def _state(self):
        return [store.read() for store in self._stores.values()]

    def _compute(self, generated, validation, test):
        self._check_counts(
            1, generated=len(generated), validation=len(validation), test=len(test)
        )
        scores = _log_likelihoods(validation, generated, self.sigmas)  # [V, S]
        best = self.sigmas[scores.mean(axis=0).argmax()]
        found = _log_likelihoods(test, generated, (best,))
        return found.mean(), found.std() / np.sqrt(len(found)), best

    def get_config(self):
        return {
            "name": self.name,
            "sigmas": self.sigmas,
            "max_samples": self.max_samples,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def _log_likelihoods(x, centres, sigmas):
    """Of `[B, D]` under a kernel of each width on each centre, `[B, S]` nats."""
    squares = np.sum(centres**2, axis=1)
    found = []
    for start in range(0, len(x), _ROWS):
        rows = x[start : start + _ROWS]
        squared = np.sum(rows**2, axis=1)[:, None] + squares - 2.0 * rows @ centres.T
        found.append(np.stack([_log_mean_exp(squared, s) for s in sigmas], axis=1))
    normalizers = x.shape[1] * np.log(np.array(sigmas) * np.sqrt(2.0 * np.pi))
    return np.concatenate(found) - normalizers


def _log_mean_exp(squared, sigma):
    exponents = squared / (-2.0 * sigma**2)  # [rows, N]
    highest = exponents.max(axis=1)
    return highest + np.log(np.mean(np.exp(exponents - highest[:, None]), axis=1))
