"""Metrics of a trained model on the test split, by family."""

import math

import numpy as np
import tensorflow as tf

from ..data import DataSet, evaluation_batches, mixture
from ..metrics import (
    FrechetDistance,
    InceptionStyleScore,
    KernelDistance,
    ModeCoverage,
    ParzenLogLikelihood,
    PrecisionRecallDensityCoverage,
    SlicedWasserstein,
    frechet_distance,
    mnist_features,
    mode_coverage,
    stacked_modes,
)


def evaluate_density(model, data: DataSet, batch_size: int = 500) -> dict[str, float]:
    """Scores the whole test split under a `DensityModel`.

    Returns:
        `test_nll` in nats per example, its standard error, and what it lies above the
        entropy where that is known; of discrete data `test_bits_per_dim`, an upper
        bound, and `test_unit_log_prob`, the nats of the same density over pixels that
        are scaled to `[0, 1]`, as NICE reports them.
    """
    batches = evaluation_batches(data, "test", batch_size)
    nll = -model.predict(batches, verbose=0).astype("float64")  # [N]
    metrics = {
        "test_nll": float(nll.mean()),
        "test_nll_standard_error": float(nll.std() / math.sqrt(len(nll))),
    }
    if data.num_levels is not None:
        scale = 1.0 / (math.log(2.0) * model.num_dimensions)
        metrics["test_bits_per_dim"] = scale * metrics["test_nll"]
        volume = model.num_dimensions * math.log(data.num_levels)
        metrics["test_unit_log_prob"] = volume - metrics["test_nll"]
    if data.entropy is not None:
        metrics["entropy"] = data.entropy
        metrics["above_entropy"] = metrics["test_nll"] - data.entropy
    return metrics


def evaluate_latent(
    model, data: DataSet, *, num_samples: int, batch_size: int = 500
) -> dict[str, float]:
    """Scores the whole test split under a `LatentVariableModel`.

    Args:
        model: the model.
        data: the data.
        num_samples: int. Draws for each example of the importance-weighted bound.
        batch_size: int. Examples at a time.

    Returns:
        `test_elbo` and `test_log_prob`, lower bounds in nats per example, the second
        with `num_samples` draws, and `test_log_prob_standard_error`.
    """

    @tf.function(jit_compile=True)
    def bounds(x, seed):
        return model.elbo(x, seed=seed), model.log_prob(
            x, num_samples=num_samples, seed=seed
        )

    pairs = [
        bounds(x, tf.constant([i, 0]))  # noise of its own for each batch
        for i, x in enumerate(evaluation_batches(data, "test", batch_size))
    ]
    elbo, log_prob = (
        np.concatenate(part).astype("float64") for part in zip(*pairs, strict=True)
    )
    return {
        "test_elbo": float(elbo.mean()),
        "test_log_prob": float(log_prob.mean()),
        "test_log_prob_num_samples": num_samples,
        "test_log_prob_standard_error": float(log_prob.std() / math.sqrt(len(elbo))),
    }


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
    labels = None if model.condition_spec is None else data.labels["test"]
    samples = np.asarray(model.sample(count, condition=labels, seed=seed))
    real, other, samples = (
        _scaled(x, data) for x in (data.x["test"], data.x["train"][:count], samples)
    )
    return {
        "frechet_distance": frechet_distance(samples, real),
        "frechet_distance_of_real": frechet_distance(other, real),
    }


def evaluate_labelled_samples(
    model, data: DataSet, *, num_samples: int = 2000, seed: int = 2026
) -> dict[str, float]:
    """Asks of samples whether they show the label that they were drawn for.

    `label_judge` decides, who knows no model.

    Args:
        model: a model conditioned on labels.
        data: the data, with labels.
        num_samples: int. How many; they are given the labels of the first test images.
        seed: int.

    Returns:
        `label_accuracy` of the samples, `label_accuracy_of_real` of as many test
        images, and the two distances of `evaluate_samples`.
    """
    labels, real = data.labels["test"][:num_samples], data.x["test"][:num_samples]
    samples = _sample_in_parts(model, data, len(labels), seed)
    other = data.x["train"][: len(real)]
    judge = label_judge(data)
    return {
        "label_accuracy": judge(samples, labels),
        "label_accuracy_of_real": judge(real, labels),
        "frechet_distance": frechet_distance(
            _scaled(samples, data), _scaled(real, data)
        ),
        "frechet_distance_of_real": frechet_distance(
            _scaled(other, data), _scaled(real, data)
        ),
    }


def label_judge(data: DataSet):
    """Returns a function from images and labels to the share of them that agree.

    It knows no model. Of MNIST it is the classifier of `mnist_features`, 99.2 %
    accurate; of other data the majority of the 3 nearest of up to 20,000 training
    images.
    """
    if data.name == "mnist":
        return lambda images, labels: float(np.mean(_digits(images, data) == labels))
    from sklearn.neighbors import KNeighborsClassifier

    known = slice(20_000)
    judge = KNeighborsClassifier(3)
    judge.fit(_flat(data.x["train"][known]), data.labels["train"][known])
    return lambda images, labels: float(judge.score(_flat(images), labels))


def _digits(images, data):
    images = unit_images(images, data)
    return np.argmax(mnist_features().probabilities(images), axis=-1)


def _flat(x):
    return np.reshape(x, [len(x), -1])


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
    if _image_shape(data) != (28, 28, 1):
        return evaluate_samples(model, data, seed=seed)
    digits = mnist_features()
    real = digits.features(unit_images(data.x["test"][:num_samples], data))
    sets = {
        "": _sample_in_parts(model, data, len(real), seed),
        "_of_real": data.x["train"][: len(real)],
    }
    metrics = {}
    for ending, x in sets.items():
        seen = digits.features_and_probabilities(unit_images(x, data))
        found = _compared(real, *seen)
        metrics |= {f"digit_{name}{ending}": float(v) for name, v in found.items()}
    return metrics


def _image_shape(data):
    if data.picture is None or data.picture.image_shape is None:
        raise ValueError(f"Takes data that are images. Received: {data.name}.")
    return data.picture.image_shape


def unit_images(x, data: DataSet) -> np.ndarray:
    """Brings images to `[N, H, W, C]` in `[0, 1]`; what leaves it is clipped.

    Raises:
        ValueError: if the data has no images.
    """
    images = np.reshape(x, (-1, *_image_shape(data))).astype("float32")
    return np.clip(_scaled(images, data), 0.0, 1.0)


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


def game_values(model, real, fake) -> np.ndarray:
    """Returns what the discriminator gains by each pair of a real and a fake example.

        V = -discriminator_loss(D(x), D(G(z)))

    without penalties. The mean is what the game bounds a distance by: of a Wasserstein
    game the critic's estimate of it; of the minimax and the non-saturating game a lower
    bound on `2 JSD - log 4`, with the Jensen-Shannon divergence in nats.

    Args:
        model: an unconditional `AdversarialModel`.
        real: `[N, *event]`.
        fake: `[N, *event]`.

    Returns:
        `[N]` float64.

    Example:
    >>> from genkeras.zoo import GAN
    >>> gan = GAN((2,), 4)
    >>> zeros = [0.0 * w for w in gan.discriminator.get_weights()]
    >>> gan.discriminator.set_weights(zeros)
    >>> game_values(gan, np.ones([1, 2]), np.zeros([1, 2])).round(4)  # -log 4
    array([-1.3863])

    Reference:
        Goodfellow et al., 2014, theorem 1, https://arxiv.org/abs/1406.2661; Arjovsky et
        al., 2017, section 3, https://arxiv.org/abs/1701.07875
    """
    real_scores, fake_scores = model.discriminate(real), model.discriminate(fake)
    loss = model.game.discriminator_loss(real_scores, fake_scores)
    return -np.asarray(loss, "float64")


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
    if _image_shape(data)[:2] != (28, 28):
        return evaluate_samples(model, data, seed=seed)
    classify = mnist_features().probabilities
    sets = {
        "": _sample_in_parts(model, data, num_samples, seed),
        "_of_real": data.x["train"][:num_samples],
    }
    metrics = {}
    for ending, x in sets.items():
        modes = stacked_modes(unit_images(x, data), classify)
        found = ModeCoverage(num_modes=1000)(modes)
        metrics[f"modes{ending}"] = int(found["modes"])
        metrics[f"reverse_kl{ending}"] = float(found["reverse_kl"])
    return metrics


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
        generated=_scaled(_sample_in_parts(model, data, num_samples, seed), data),
        validation=_scaled(train[-count:], data),
        test=_scaled(data.x["test"], data),
    )
    return {name: float(value) for name, value in found.items()}


def in_parts(function, x, size: int = 200) -> np.ndarray:
    """Returns `function` of all of `x`, `[N, ...]`, for which it takes `size` a time.

    Args:
        function: from `[n, ...]` and the number of the part to `[n, ...]`.
        x: `[N, ...]`.
        size: int.

    Example:
    >>> in_parts(lambda x, i: x + i, np.zeros([3, 1]), size=2).ravel()
    array([0., 0., 1.])
    """
    parts = np.split(x, range(size, len(x), size))
    return np.concatenate(
        [np.asarray(function(part, i)) for i, part in enumerate(parts)]
    )


def _sample_in_parts(model, data, count, seed):
    """Convolutions over all samples at once would want gigabytes."""

    def sample(rows, i):
        labels = None if model.condition_spec is None else data.labels["test"][rows]
        return model.sample(len(rows), condition=labels, seed=(seed, i))

    return in_parts(sample, np.arange(count))


def _scaled(x, data):
    """Pixels in `[0, 1]`, whatever their domain; what has no picture as it is."""
    if data.picture is None:
        return x
    return (x - data.picture.low) / (data.picture.high - data.picture.low)
