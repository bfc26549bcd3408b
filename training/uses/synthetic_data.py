"""Whether samples can stand for the data that a classifier learns from."""

import keras
import numpy as np

from ..data import DataSet
from ..evaluation import sample_in_parts, unit_images
from ..metrics import digit_classifier


def train_on_samples(
    model,
    data: DataSet,
    *,
    num_samples: int = 10_000,
    epochs: int = 5,
    mean: bool = False,
    seed: int = 0,
) -> dict[str, float]:
    """Trains a classifier on samples, and on as many real images; tests it on real.

    Both are the small convnet of `digit_classifier`, with the same start, steps and
    labels. What the first lacks of the second is what the samples lack: kinds that are
    never drawn, or labels that they do not show.

    Args:
        model: a model conditioned on the labels of the data.
        data: the data: images with labels.
        num_samples: int. How many of either; with the labels of the first training
            images.
        epochs: int. Passes over them.
        mean: bool. Whether to take the likelihood's means, of a model that has draws.
        seed: int. Of the samples and of both classifiers.

    Returns:
        `accuracy_of_samples` and `accuracy_of_real`, of the test split.

    Raises:
        ValueError: for a model that is not conditioned on labels.

    Reference:
        Ravuri and Vinyals, 2019, "Classification Accuracy Score for Conditional
        Generative Models", https://arxiv.org/abs/1905.10887
    """
    spec = model.condition_spec or {}
    if "num_classes" not in spec:
        raise ValueError(
            "train_on_samples takes a model that is conditioned on labels. Received: "
            f"condition_spec={model.condition_spec}."
        )
    labels = data.labels["train"][:num_samples]
    options = {"mean": True} if mean else {}
    drawn = sample_in_parts(model, data, len(labels), seed, labels=labels, **options)
    test = unit_images(data.x["test"], data), data.labels["test"]

    def accuracy(x):
        keras.utils.set_random_seed(seed)
        classifier = digit_classifier(test[0].shape[1:], spec["num_classes"])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        classifier.compile(keras.optimizers.Adam(2e-3), loss, metrics=["accuracy"])
        images = unit_images(np.asarray(x), data)
        classifier.fit(images, labels, batch_size=100, epochs=epochs, verbose=0)
        found = classifier.evaluate(*test, batch_size=500, verbose=0, return_dict=True)
        return float(found["accuracy"])

    return {
        "accuracy_of_samples": accuracy(drawn),
        "accuracy_of_real": accuracy(data.x["train"][: len(labels)]),
    }
