"""A DCGAN on MNIST.

    genkeras train dcgan_mnist --data-dir DIR --workdir runs/dcgan

Radford et al., 2016, section 4, https://arxiv.org/abs/1511.06434, with three halvings
for its four, and few maps.
"""

import dataclasses

import keras

from ....zoo.games import InstanceNoise
from ....zoo.gans import DCGAN
from ...data import prepare, steps_per_epoch
from ...evaluation import evaluate_images
from ...schedules import two_adams
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result."""

    data: str = "mnist"
    latent_size: int = 64
    generator_filters: tuple[int, ...] = (128, 64, 32)
    # Two halvings are too few: strokes come out well, and digits do not.
    discriminator_filters: tuple[int, ...] = (32, 64, 128)
    kernel_size: int = 4
    # Blurs real and generated images alike, less and less, so that a discriminator that
    # learns faster cannot leave the generator behind.
    noise_stddev: float = 0.3
    ema_decay: float = 0.999
    batch_size: int = 64
    epochs: int = 14
    learning_rate: float = 1e-3
    num_samples: int = 10_000
    seed: int = 0


SMOKE = Config(
    data="digits",
    latent_size=2,
    generator_filters=(3, 2),
    discriminator_filters=(2,),
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
    model = DCGAN(
        data.event_shape,
        config.latent_size,
        generator_filters=config.generator_filters,
        discriminator_filters=config.discriminator_filters,
        kernel_size=config.kernel_size,
        ema_decay=config.ema_decay,
        regularizers=[InstanceNoise(fade)],
        seed=config.seed,
    )
    model.compile(*two_adams(model.game, config.learning_rate, steps))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_images(model, data, num_samples=config.num_samples)
