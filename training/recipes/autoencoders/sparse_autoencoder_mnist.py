"""A sparse autoencoder on MNIST, with more codes than are active.

    genkeras train sparse_autoencoder_mnist --data-dir DIR --workdir runs/sparse

Ng, 2011, https://web.stanford.edu/class/cs294a/sparseAutoencoder.pdf.
"""

import dataclasses

import keras
import numpy as np

from ....zoo.autoencoders import SparseAutoencoder
from ...data import prepare, steps_per_epoch
from ...evaluation import evaluate_autoencoder
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. Takes any data set of images."""

    data: str = "mnist"
    latent_size: int = 256
    sparsity: str = "kl"
    weight: float = 5e-3
    target: float = 0.03
    batch_size: int = 250
    epochs: int = 25
    learning_rate: float = 3e-3
    seed: int = 0


SMOKE = Config(data="digits", latent_size=8, epochs=1)


def load_data(config: Config):
    data = load_images(config)
    return prepare(data, "unit")


def make_model(config: Config, data):
    model = SparseAutoencoder(
        data.event_shape,
        config.latent_size,
        sparsity=config.sparsity,
        weight=config.weight,
        target=config.target,
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
