"""A denoising autoencoder on MNIST with normal noise of standard deviation 0.5.

    genkeras train denoising_autoencoder_mnist --data-dir DIR --workdir runs/denoising

Or `--set noise=masking`, `salt_and_pepper`. Vincent et al., 2010,
https://www.jmlr.org/papers/v11/vincent10a.html.
"""

import dataclasses

import keras
import numpy as np

from ....zoo.autoencoders import DenoisingAutoencoder
from ...data import prepare, steps_per_epoch
from ...evaluation import evaluate_autoencoder
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. Takes any data set of images."""

    data: str = "mnist"
    latent_size: int = 128
    hidden_units: tuple[int, ...] = (512,)
    filters: tuple[int, ...] | None = None
    noise: str = "gaussian"
    level: float = 0.5
    batch_size: int = 250
    epochs: int = 20
    learning_rate: float = 2e-3
    seed: int = 0


SMOKE = Config(data="digits", latent_size=2, hidden_units=(8,), epochs=1)


def load_data(config: Config):
    data = load_images(config)
    return prepare(data, "unit")


def make_model(config: Config, data):
    model = DenoisingAutoencoder(
        data.event_shape,
        config.latent_size,
        hidden_units=config.hidden_units,
        filters=config.filters,
        noise=config.noise,
        level=config.level,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(keras.optimizers.Adam(cosine(config.learning_rate, steps)))
    return model


def show(model, data):
    """Test images and, below them, what the model makes of noisy ones."""
    x = data.x["test"][:10]
    noisy = model.corrupt(x, (0, 0))
    return np.stack([x, noisy, model.reconstruct(noisy)])


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_autoencoder(model, data)
