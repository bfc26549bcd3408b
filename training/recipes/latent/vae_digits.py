"""A VAE with a Bernoulli decoder on the 8x8 digits, binarized at half.

    genkeras train vae_digits --workdir runs/vae_digits

Kingma and Welling, 2014, https://arxiv.org/abs/1312.6114.
"""

import dataclasses

import keras

from ....zoo.latent import VAE
from ...callbacks import BetaSchedule
from ...data import prepare, steps_per_epoch
from ...evaluation import evaluate_latent, evaluate_samples
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. Takes any data set of images."""

    data: str = "digits"
    binarize: str = "threshold"
    latent_size: int = 8
    hidden_units: tuple[int, ...] = (128, 128)
    beta: float = 1.0
    warmup_epochs: int = 20
    batch_size: int = 100
    epochs: int = 200
    learning_rate: float = 2e-3
    num_draws: int = 500
    seed: int = 0


SMOKE = Config(latent_size=2, hidden_units=(8,), epochs=1, num_draws=2)


def load_data(config: Config):
    data = load_images(config)
    return prepare(data, "unit", binarize=config.binarize)


def make_model(config: Config, data):
    model = VAE(
        data.event_shape,
        config.latent_size,
        hidden_units=config.hidden_units,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    rate = cosine(config.learning_rate, steps)
    model.compile(keras.optimizers.Adam(rate))
    return model


def callbacks(config: Config, data) -> list[keras.callbacks.Callback]:
    return [BetaSchedule(config.beta, num_epochs=config.warmup_epochs)]


def evaluate(model, data, config: Config) -> dict[str, float]:
    bounds = evaluate_latent(model, data, num_samples=config.num_draws)
    return {**bounds, **evaluate_samples(model, data)}
