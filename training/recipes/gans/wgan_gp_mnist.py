"""A WGAN-GP with residual networks on MNIST.

    genkeras train wgan_gp_mnist --data-dir DIR --workdir runs/wgan_gp

Gulrajani et al., 2017, section 5.3, https://arxiv.org/abs/1704.00028, with few maps.
"""

import dataclasses

from ....zoo.gans import WGANGPResNet
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
    discriminator_filters: tuple[int, ...] = (16, 32, 64, 64)
    critic_normalization: str = "none"
    num_critic_steps: int = 1
    penalty_weight: float = 10.0
    ema_decay: float = 0.999
    batch_size: int = 64
    epochs: int = 4
    learning_rate: float = 8e-4
    num_samples: int = 10_000
    seed: int = 0


SMOKE = Config(
    data="digits",
    latent_size=2,
    generator_filters=(3, 2),
    discriminator_filters=(2,),
    num_critic_steps=1,
    batch_size=500,
    epochs=1,
    num_samples=100,
)


def load_data(config: Config):
    data = load_images(config)
    return prepare(data, "signed")


def make_model(config: Config, data):
    model = WGANGPResNet(
        data.event_shape,
        config.latent_size,
        generator_filters=config.generator_filters,
        discriminator_filters=config.discriminator_filters,
        critic_normalization=config.critic_normalization,
        num_critic_steps=config.num_critic_steps,
        penalty_weight=config.penalty_weight,
        ema_decay=config.ema_decay,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(*two_adams(model.game, config.learning_rate, steps, (0.0, 0.9)))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_images(model, data, num_samples=config.num_samples)
