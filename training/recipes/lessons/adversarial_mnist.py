"""Attacks on a classifier of pixels, and on one of a VAE's codes.

    genkeras train adversarial_mnist --data-dir DIR --workdir runs/adversarial

Both classifiers are the same small dense network; the second reads the means of the
posterior, and the attacker knows the encoder. `samples/robustness.png` has the accuracy
that is left by one step of the sign of the gradient (FGSM) and by twenty (PGD).
Goodfellow et al., 2015, https://arxiv.org/abs/1412.6572; Madry et al., 2018,
https://arxiv.org/abs/1706.06083.
"""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from ....zoo.latent import VAE
from ...data import load, prepare, steps_per_epoch
from ...pictures import Curves, draw, draw_curves, save_png
from ...schedules import cosine
from ...uses import features_of, fgsm, pgd, robust_accuracy


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes any labelled images with levels."""

    data: str = "mnist"
    data_dir: str | None = None
    latent_size: int = 50
    hidden_units: tuple[int, ...] = (200, 200)
    batch_size: int = 100
    epochs: int = 15
    learning_rate: float = 2e-3
    classifier_units: tuple[int, ...] = (200,)
    classifier_epochs: int = 6
    epsilons: tuple[float, ...] = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3)
    num_steps: int = 20
    num_attacked: int = 1000
    seed: int = 0


SMOKE = Config(
    data="digits",
    latent_size=2,
    hidden_units=(8,),
    epochs=1,
    classifier_units=(8,),
    classifier_epochs=1,
    epsilons=(0.0, 0.1),
    num_steps=2,
    num_attacked=50,
)


def load_data(config: Config):
    data = load(config.data, config.data_dir, seed=config.seed)
    return prepare(data, "unit")


def make_model(config: Config, data):
    model = VAE(
        data.event_shape,
        config.latent_size,
        hidden_units=config.hidden_units,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(keras.optimizers.Adam(cosine(config.learning_rate, steps)))
    return model


def _head(x, data, config):
    """Trains the dense network that both classifiers are."""
    keras.utils.set_random_seed(config.seed)
    hidden = [keras.layers.Dense(n, activation="relu") for n in config.classifier_units]
    last = keras.layers.Dense(data.num_classes)
    head = keras.Sequential([keras.layers.Flatten(), *hidden, last])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    head.compile(keras.optimizers.Adam(1e-3), loss)
    epochs, size = config.classifier_epochs, config.batch_size
    head.fit(x, data.labels["train"], batch_size=size, epochs=epochs, verbose=0)
    return head


def classifiers(model, data, config: Config) -> dict:
    """Returns functions from images to logits: of pixels, and of codes."""
    pixels = _head(data.x["train"], data, config)
    codes = _head(features_of(model, data.x["train"]), data, config)
    return {"pixels": pixels, "codes": lambda x: codes(model.encode(x)[0])}


def _left(model, data, config):
    x = data.x["test"][: config.num_attacked]
    labels = data.labels["test"][: config.num_attacked]
    attacks = {"FGSM": (fgsm, {}), "PGD": (pgd, {"num_steps": config.num_steps})}
    return {
        f"{attack} on {name}": robust_accuracy(
            classifier, x, labels, config.epsilons, attack=function, **options
        )
        for name, classifier in classifiers(model, data, config).items()
        for attack, (function, options) in attacks.items()
    }


def evaluate(model, data, config: Config) -> dict[str, float]:
    """Names the accuracy that each attack leaves, for each size of change."""
    return {
        f"{name.lower().replace(' ', '_')}_at_{epsilon:g}": float(accuracy)
        for name, left in _left(model, data, config).items()
        for epsilon, accuracy in zip(config.epsilons, left, strict=True)
    }


def report(model, data, config: Config, run) -> dict[str, float]:
    """Draws the curves, and images as the strongest attack on pixels leaves them."""
    curves = Curves(
        np.array(config.epsilons),
        _left(model, data, config),
        x_label="largest change of a pixel, of black to white",
        y_label="accuracy",
    )
    save_png(draw_curves(curves), run.samples / "robustness.png")
    x, labels = data.x["test"][:10], data.labels["test"][:10]
    rows = [x]
    for classifier in classifiers(model, data, config).values():
        change = tf.function(
            lambda x, y, f=classifier: pgd(
                f, x, y, epsilon=config.epsilons[-1], num_steps=config.num_steps
            )
        )
        rows.append(change(tf.constant(x), tf.constant(labels)))
    image = draw(np.concatenate(rows), data.picture, columns=10)
    save_png(image, run.samples / "attacked.png")
    return {}
