"""Stacked MNIST: how many of 1,000 modes, a digit in each of three channels, are found.

    genkeras train stacked_mnist --data-dir DIR --workdir runs/stacked
    genkeras train stacked_mnist --set model=dcgan --data-dir DIR --workdir runs/dcgan

Metz et al., 2017, section 3.3.1, https://arxiv.org/abs/1611.02163; 26,000 samples, as
Srivastava et al., 2017, https://arxiv.org/abs/1705.07761. The classifier is our own.
"""

import dataclasses

from ....zoo.gans import DCGAN, WGANGPResNet
from ...data import DataError, prepare, steps_per_epoch, with_stacked_channels
from ...evaluation import evaluate_stacked
from ...schedules import two_adams
from ..image_config import ImageConfig, load_images

MODELS = {
    "dcgan": (DCGAN, {}, 0.5),
    "wgan_gp": (
        WGANGPResNet,
        {"critic_normalization": "none", "num_critic_steps": 1},
        0.0,
    ),
}


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. `batch_size` is for all critic steps."""

    model: str = "wgan_gp"
    data: str = "mnist"
    num_images: int = 64_000
    latent_size: int = 64
    generator_filters: tuple[int, ...] = (64, 32, 16)
    discriminator_filters: tuple[int, ...] = (16, 32, 64)
    ema_decay: float = 0.999
    batch_size: int = 64
    epochs: int = 4
    learning_rate: float = 5e-4
    num_samples: int = 26_000
    seed: int = 0


SMOKE = Config(
    data="digits",
    num_images=600,
    latent_size=2,
    generator_filters=(3, 2),
    discriminator_filters=(2,),
    batch_size=300,
    epochs=1,
    num_samples=100,
)


def load_data(config: Config):
    data = prepare(load_images(config), "signed")
    return with_stacked_channels(data, config.num_images, seed=config.seed)


def make_model(config: Config, data):
    if config.model not in MODELS:
        raise DataError(f"Models are {', '.join(MODELS)}. Received: {config.model!r}.")
    kind, options, momentum = MODELS[config.model]
    model = kind(
        data.event_shape,
        config.latent_size,
        generator_filters=config.generator_filters,
        discriminator_filters=config.discriminator_filters,
        ema_decay=config.ema_decay,
        seed=config.seed,
        **options,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(*two_adams(model.game, config.learning_rate, steps, (momentum, 0.9)))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_stacked(model, data, num_samples=config.num_samples)
