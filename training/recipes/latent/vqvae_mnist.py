"""A VQ-VAE on MNIST: 49 codes of a book of 64 for an image.

    genkeras train vqvae_mnist --data-dir DIR --workdir runs/vqvae

van den Oord et al., 2017, https://arxiv.org/abs/1711.00937.
"""

import dataclasses

import keras
import numpy as np

from ....zoo.latent import VQVAE
from ...data import prepare, steps_per_epoch
from ...evaluation import in_parts
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. Takes any data set of images."""

    data: str = "mnist"
    num_codes: int = 64
    code_size: int = 16
    filters: tuple[int, ...] = (32, 32)
    commitment: float = 0.25
    decay: float = 0.99
    batch_size: int = 100
    epochs: int = 5
    learning_rate: float = 2e-3
    seed: int = 0


SMOKE = Config(data="digits", num_codes=8, code_size=4, filters=(4, 4), epochs=1)


def load_data(config: Config):
    data = load_images(config)
    return prepare(data, "unit")


def make_model(config: Config, data):
    model = VQVAE(
        data.event_shape,
        config.num_codes,
        config.code_size,
        filters=config.filters,
        commitment=config.commitment,
        decay=config.decay,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(keras.optimizers.Adam(cosine(config.learning_rate, steps)))
    return model


def show(model, data):
    """Test images and, below them, their reconstructions: means, no draws."""
    x = data.x["test"][:10]
    return np.stack([x, model.reconstruct(x)])


def evaluate(model, data, config: Config) -> dict[str, float]:
    x = data.x["test"]
    logs = model.evaluate(x, batch_size=500, verbose=0)
    codes = in_parts(lambda part, _: model.encode(part), x, 500)
    made = in_parts(lambda part, _: model.reconstruct(part), x, 500)
    return {
        **{f"test_{name}": float(value) for name, value in logs.items()},
        "test_squared_error": float(np.mean((made - x) ** 2, dtype="float64")),
        "test_code_use": len(np.unique(codes)) / config.num_codes,
    }
