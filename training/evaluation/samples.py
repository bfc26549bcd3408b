"""How samples compare with the test split."""

import numpy as np

from ..data import DataSet
from ..metrics import (
    FrechetDistance,
    InceptionStyleScore,
    KernelDistance,
    ParzenLogLikelihood,
    PrecisionRecallDensityCoverage,
    SlicedWasserstein,
    frechet_distance,
    mnist_features,
)
from .parts import image_shape, sample_in_parts, scaled, unit_images


def evaluate_samples(model, data: DataSet, *, seed: int = 2026) -> dict[str, float]:
    """Compares samples with the test split by their means and covariances.

    Pixels are brought to `[0, 1]` first, so that models of other domains compare; data
    that has no picture is left as it is. A conditioned model gets the labels of the
    test split.

    Returns:
        `frechet_distance` of as many samples as there are test examples, and
        `frechet_distance_of_real`, of as many training examples.
    """
    count = len(data.x["test"])
    labels = None if model.condition_spec is None else data.conditions["test"]
    samples = np.asarray(model.sample(count, condition=labels, seed=seed))
    real, other, samples = (
        scaled(x, data) for x in (data.x["test"], data.x["train"][:count], samples)
    )
    return {
        "frechet_distance": frechet_distance(samples, real),
        "frechet_distance_of_real": frechet_distance(other, real),
    }


def evaluate_images(
    model, data: DataSet, *, num_samples: int = 10_000, seed: int = 2026
) -> dict[str, float]:
    """Compares samples of 28x28 digits with the test split, by a classifier's features.

    The features are those of `mnist_features`, which are not Inception's: the numbers
    compare with each other only, at equal `num_samples`. A conditioned model gets the
    labels of the test split. What leaves `[0, 1]`, the domain of a picture, is clipped.
    Images of another size or in colour are compared by `evaluate_samples`.

    Args:
        model: the model.
        data: images, of MNIST or of digits much like it.
        num_samples: int. How many samples and test examples there are at most.
        seed: int. Of the samples.

    Returns:
        By name, with `digit_` before it, the results of `FrechetDistance`,
        `KernelDistance`, `SlicedWasserstein`, `PrecisionRecallDensityCoverage` and
        `InceptionStyleScore`; and beside each, with `_of_real` behind it, what as many
        training examples have instead of samples.

    Raises:
        ValueError: if the data has no pictures.
    """
    if image_shape(data) != (28, 28, 1):
        return evaluate_samples(model, data, seed=seed)
    digits = mnist_features()
    real = digits.features(unit_images(data.x["test"][:num_samples], data))
    sets = {
        "": sample_in_parts(model, data, len(real), seed),
        "_of_real": data.x["train"][: len(real)],
    }
    metrics = {}
    for ending, x in sets.items():
        seen = digits.features_and_probabilities(unit_images(x, data))
        found = _compared(real, *seen)
        metrics |= {f"digit_{name}{ending}": float(v) for name, v in found.items()}
    return metrics


def _compared(real, features, probabilities):
    kept = {"max_samples": len(real)}
    # Two subsets at least, or there would be no standard error.
    subset_size = max(2, min(1000, len(real) // 2))
    return {
        "frechet_distance": FrechetDistance()(real, features),
        "sliced_wasserstein": SlicedWasserstein(**kept)(real, features),
        **KernelDistance(subset_size=subset_size, **kept)(real, features),
        **PrecisionRecallDensityCoverage(**kept)(real, features),
        **InceptionStyleScore()(probabilities),
    }


def evaluate_parzen(
    model, data: DataSet, *, num_samples: int = 10_000, seed: int = 2026
) -> dict[str, float]:
    """Scores the test split by a Parzen window; see `ParzenLogLikelihood`.

    The width is chosen on the last 1,000 training examples, or a tenth if they are
    fewer than 10,000. Pixels are brought to `[0, 1]` first.

    Returns:
        `parzen_log_likelihood` in nats, its standard error, and `parzen_sigma`.
    """
    train = data.x["train"]
    count = min(1000, len(train) // 10)
    found = ParzenLogLikelihood(max_samples=max(num_samples, len(data.x["test"])))(
        generated=scaled(sample_in_parts(model, data, num_samples, seed), data),
        validation=scaled(train[-count:], data),
        test=scaled(data.x["test"], data),
    )
    return {name: float(value) for name, value in found.items()}
