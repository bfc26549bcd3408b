"""The importance-weighted autoencoder 784-200-200-50 on dynamic MNIST.

    genkeras train iwae_mnist --data-dir DIR --workdir runs/iwae

Made to take some 25 minutes of CPU on two cores, of which the bound of 5,000 draws
takes ten. With `--set num_draws_in_training=1 --epochs 142` it is the VAE beside it,
trained for as long. Burda et al., 2016,
section 5.1, https://arxiv.org/abs/1509.00519.
"""

import dataclasses

import keras

from ....zoo.latent import IWAE
from ...data import prepare, steps_per_epoch
from ...evaluation import evaluate_latent
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. Takes any data set of images."""

    data: str = "mnist"
    binarize: str = "dynamic"
    latent_size: int = 50
    hidden_units: tuple[int, ...] = (200, 200)
    num_draws_in_training: int = 5
    gradient: str = "pathwise"
    batch_size: int = 100
    epochs: int = 48
    learning_rate: float = 2e-3
    num_draws: int = 5000
    seed: int = 0


SMOKE = Config(data="digits", latent_size=2, hidden_units=(8,), epochs=1, num_draws=2)


def load_data(config: Config):
    data = load_images(config)
    return prepare(data, "unit", binarize=config.binarize)


def make_model(config: Config, data):
    model = IWAE(
        data.event_shape,
        config.latent_size,
        num_draws=config.num_draws_in_training,
        gradient=config.gradient,
        hidden_units=config.hidden_units,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    rate = cosine(config.learning_rate, steps)
    model.compile(keras.optimizers.Adam(rate))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_latent(model, data, num_samples=config.num_draws)
