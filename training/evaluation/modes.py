"""How samples spread over modes that are known."""

from ..data import DataSet, mixture
from ..metrics import ModeCoverage, mnist_features, mode_coverage, stacked_modes
from .parts import image_shape, sample_in_parts, unit_images
from .samples import evaluate_samples


def evaluate_modes(
    model,
    data: DataSet,
    *,
    unit: float = 1.0,
    num_samples: int = 25_000,
    seed: int = 2026,
) -> dict[str, float]:
    """Counts how samples spread over the modes of a toy; see `mode_coverage`.

    Args:
        model: the model.
        data: a toy that is a mixture.
        unit: float. What the toy's points were divided by to be the model's data.
        num_samples: int.
        seed: int. Of the samples.
    """
    samples = unit * model.sample(num_samples, seed=seed)
    return mode_coverage(samples, mixture(data.name))


def evaluate_stacked(
    model, data: DataSet, *, num_samples: int = 26_000, seed: int = 2026
) -> dict[str, float]:
    """Counts the modes of stacked digits, by the classifier of `mnist_features`.

    Returns:
        `modes`, of 1,000, for which one sample is enough, and `reverse_kl` in nats; and
        the same `_of_real`, of as many training examples. Of images of another
        size than 28x28, what `evaluate_samples` returns.
    """
    if image_shape(data)[:2] != (28, 28):
        return evaluate_samples(model, data, seed=seed)
    classify = mnist_features().probabilities
    sets = {
        "": sample_in_parts(model, data, num_samples, seed),
        "_of_real": data.x["train"][:num_samples],
    }
    metrics = {}
    for ending, x in sets.items():
        modes = stacked_modes(unit_images(x, data), classify)
        found = ModeCoverage(num_modes=1000)(modes)
        metrics[f"modes{ending}"] = int(found["modes"])
        metrics[f"reverse_kl{ending}"] = float(found["reverse_kl"])
    return metrics
