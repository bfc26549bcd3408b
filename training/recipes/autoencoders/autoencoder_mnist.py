"""The autoencoder 784-32-784 on MNIST.

    genkeras train autoencoder_mnist --data-dir DIR --workdir runs/autoencoder

Intensities in [0, 1] and their cross-entropy; with `error=squared` and linear codes it
is PCA. Hinton and Salakhutdinov, 2006, https://www.science.org/doi/10.1126/science.1127647.
"""

import dataclasses

import keras
import numpy as np

from ....zoo.autoencoders import BottleneckAutoencoder
from ...data import prepare, steps_per_epoch
from ...evaluation import evaluate_autoencoder
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. Takes any data set of images."""

    data: str = "mnist"
    latent_size: int = 32
    hidden_units: tuple[int, ...] = ()
    filters: tuple[int, ...] | None = None
    code_activation: str = "relu"
    error: str = "cross_entropy"
    batch_size: int = 250
    epochs: int = 40
    learning_rate: float = 3e-3
    seed: int = 0


SMOKE = Config(data="digits", latent_size=2, epochs=1)


def load_data(config: Config):
    data = load_images(config)
    return prepare(data, "unit")


def make_model(config: Config, data):
    model = BottleneckAutoencoder(
        data.event_shape,
        config.latent_size,
        hidden_units=config.hidden_units,
        filters=config.filters,
        code_activation=config.code_activation,
        error=config.error,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(keras.optimizers.Adam(cosine(config.learning_rate, steps)))
    return model


def show(model, data):
    """Test images and, below them, what the model makes of them."""
    x = data.x["test"][:10]
    return np.stack([x, model.reconstruct(x)])


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_autoencoder(model, data)
