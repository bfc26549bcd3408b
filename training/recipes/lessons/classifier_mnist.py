"""The convnet whose features measure distances between sets of digits.

    genkeras train classifier_mnist --data-dir DIR

It generates nothing. `weights.npz` in its run folder is what ships as
`training/metrics/mnist_classifier.npz`.
"""

import dataclasses

import keras

from ...callbacks import MetricsLog
from ...checkpoint import Checkpoint
from ...data import (
    evaluation_batches,
    load,
    prepare,
    steps_per_epoch,
    training_batches,
)
from ...metrics import MNISTFeatures, digit_classifier, frechet_distance, save_weights
from ...schedules import cosine


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes any labelled images with levels."""

    data: str = "mnist"
    data_dir: str | None = None
    batch_size: int = 100
    epochs: int = 6
    learning_rate: float = 2e-3
    seed: int = 0


SMOKE = Config(data="digits", epochs=1)


def load_data(config: Config):
    data = load(config.data, config.data_dir, seed=config.seed)
    return prepare(data, "unit")


def make_model(config: Config, data):
    model = digit_classifier(data.event_shape, data.num_classes)
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(
        keras.optimizers.Adam(cosine(config.learning_rate, steps)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    # Or a checkpoint, loaded before the first step, would lose the optimizer's state.
    model.optimizer.build(model.trainable_variables)
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    """Scores the test split, and compares its two halves by their features."""
    batches = evaluation_batches(data, "test", 500, with_conditions=True)
    scores = model.evaluate(batches, return_dict=True, verbose=0)
    features = MNISTFeatures(model).features(data.x["test"])
    return {
        "test_accuracy": scores["accuracy"],
        "test_cross_entropy": scores["loss"],
        # Every second one: neither half has more of a class or of a writer.
        "frechet_distance_of_real": frechet_distance(features[::2], features[1::2]),
    }


def train(config: Config, start_run, *, strategy, verbose) -> dict[str, float]:
    """Trains, writes the run folder, and returns the metrics of the test split."""
    keras.utils.set_random_seed(config.seed)
    data = load_data(config)
    with strategy.scope():
        model = make_model(config, data)
    # No picture: a classifier has no samples to draw.
    run = start_run()
    _fit(model, config, data, run, verbose)
    # What is scored is what ships.
    save_weights(model, run.path / "weights.npz")
    model.set_weights([w.astype("float16") for w in model.get_weights()])
    metrics = evaluate(model, data, config)
    run.save_result(model, metrics)
    return metrics


def _fit(model, config, data, run, verbose):
    checkpoint = Checkpoint(run.checkpoints)
    first_epoch = checkpoint.restore(model)
    batches = training_batches(
        data,
        config.batch_size,
        seed=config.seed,
        epochs=config.epochs,
        first_epoch=first_epoch,
        with_conditions=True,
    )
    model.fit(
        batches,
        epochs=config.epochs,
        initial_epoch=first_epoch,
        steps_per_epoch=steps_per_epoch(data, config.batch_size),
        callbacks=[MetricsLog(run, first_epoch), checkpoint],
        shuffle=False,  # the batches are
        verbose=verbose,
    )
