"""The first GAN on MNIST, scored as its paper scored it: by a Parzen window.

    genkeras train gan_mnist --data-dir DIR --workdir runs/gan_mnist

Goodfellow et al., 2014, section 5 and table 1, https://arxiv.org/abs/1406.2661. Leaky
ReLUs and fading noise take the place of maxout and dropout, Adam that of momentum.
Where a model has a `log_prob`, use that: see `ParzenLogLikelihood` for what this score
is worth.
"""

import dataclasses

import keras

from ....zoo.games import InstanceNoise
from ....zoo.gans import GAN
from ...data import prepare, steps_per_epoch
from ...evaluation import evaluate_parzen
from ...schedules import two_adams
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result."""

    data: str = "mnist"
    latent_size: int = 100
    generator_units: tuple[int, ...] = (512, 512)
    discriminator_units: tuple[int, ...] = (512, 256)
    noise_stddev: float = 0.4  # of both kinds of images at first; fades to none
    ema_decay: float = 0.999
    batch_size: int = 128
    epochs: int = 50
    learning_rate: float = 1e-3
    num_samples: int = 10_000
    seed: int = 0


SMOKE = Config(
    data="digits",
    latent_size=2,
    generator_units=(8,),
    discriminator_units=(8,),
    batch_size=500,
    epochs=1,
    num_samples=100,
)


def load_data(config: Config):
    data = load_images(config)
    return prepare(data, "signed")


def make_model(config: Config, data):
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    fade = keras.optimizers.schedules.PolynomialDecay(config.noise_stddev, steps, 0.0)
    model = GAN(
        data.event_shape,
        config.latent_size,
        generator_units=config.generator_units,
        discriminator_units=config.discriminator_units,
        ema_decay=config.ema_decay,
        regularizers=[InstanceNoise(fade)],
        seed=config.seed,
    )
    model.compile(*two_adams(model.game, config.learning_rate, steps))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_parzen(model, data, num_samples=config.num_samples)
