"""A spectrally normalised GAN on MNIST.

    genkeras train sngan_mnist --data-dir DIR --workdir runs/sngan

Miyato et al., 2018, section 4, https://arxiv.org/abs/1802.05957, with few maps and
the optimizer of its setting D: one critic step, and momentum.
"""

import dataclasses

from ....zoo.gans import SNGAN
from ...data import prepare, steps_per_epoch
from ...evaluation import evaluate_images
from ...schedules import two_adams
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. `batch_size` is for all critic steps."""

    data: str = "mnist"
    latent_size: int = 64
    generator_filters: tuple[int, ...] = (64, 32, 16)
    discriminator_filters: tuple[int, ...] = (16, 32, 64, 128)
    num_critic_steps: int = 1
    ema_decay: float = 0.999
    batch_size: int = 64
    epochs: int = 11
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
    model = SNGAN(
        data.event_shape,
        config.latent_size,
        generator_filters=config.generator_filters,
        discriminator_filters=config.discriminator_filters,
        num_critic_steps=config.num_critic_steps,
        ema_decay=config.ema_decay,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(*two_adams(model.game, config.learning_rate, steps))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_images(model, data, num_samples=config.num_samples)
