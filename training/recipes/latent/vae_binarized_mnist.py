"""The VAE 784-200-200-50 on statically binarized MNIST.

    genkeras train vae_binarized_mnist --data-dir DIR --workdir runs/vae

Made to take some 25 minutes of CPU on two cores, of which the bound of 5,000 draws for
each of the 10,000 test images takes ten.

The architecture, and the bound with many draws, of Burda et al., 2016, section 5.1,
https://arxiv.org/abs/1509.00519; the fixed binarization of Larochelle and Murray, 2011.
"""

import dataclasses

import keras

from ....zoo.latent import VAE
from ...data import prepare, steps_per_epoch
from ...evaluation import evaluate_latent
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. `binarize` is for sets that have levels."""

    data: str = "binarized_mnist"
    binarize: str | None = None
    latent_size: int = 50
    hidden_units: tuple[int, ...] = (200, 200)
    batch_size: int = 100
    epochs: int = 170
    learning_rate: float = 2e-3
    num_draws: int = 5000
    seed: int = 0


SMOKE = Config(
    data="digits",
    binarize="static",
    latent_size=2,
    hidden_units=(8,),
    epochs=1,
    num_draws=2,
)


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


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_latent(model, data, num_samples=config.num_draws)
