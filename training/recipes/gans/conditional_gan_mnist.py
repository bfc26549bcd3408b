"""A conditional GAN with a projection discriminator on the labels of MNIST.

    genkeras train conditional_gan_mnist --data-dir DIR --workdir runs/cgan

Residual networks, batch norm with a gain and a bias for each class, the hinge game and
spectral normalisation of Miyato and Koyama, 2018, https://arxiv.org/abs/1802.05637,
made narrow enough for two CPU cores.
"""

import dataclasses

from ....zoo.games import HingeGame
from ....zoo.gans import ConditionalGAN
from ...data import DataError, prepare, steps_per_epoch
from ...evaluation import evaluate_images, evaluate_labelled_samples
from ...schedules import two_adams
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. `batch_size` is for all critic steps."""

    data: str = "mnist"
    latent_size: int = 64
    generator_filters: tuple[int, ...] = (64, 32, 16)
    discriminator_filters: tuple[int, ...] = (16, 32, 64)
    num_downsamples: int = 2
    conditioning: str = "projection"
    num_critic_steps: int = 1
    ema_decay: float = 0.999
    batch_size: int = 64
    epochs: int = 5
    learning_rate: float = 4e-4
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
    if data.num_classes is None:
        raise DataError(f"Takes data with labels. Received: {config.data!r}.")
    return prepare(data, "signed")


def make_model(config: Config, data):
    model = ConditionalGAN(
        data.event_shape,
        config.latent_size,
        condition_spec={"num_classes": data.num_classes},
        conditioning=config.conditioning,
        game=HingeGame(config.num_critic_steps),
        generator_filters=config.generator_filters,
        discriminator_filters=config.discriminator_filters,
        num_downsamples=config.num_downsamples,
        ema_decay=config.ema_decay,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(*two_adams(model.game, config.learning_rate, steps, (0.0, 0.9)))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    count = {"num_samples": config.num_samples}
    labelled = evaluate_labelled_samples(model, data, **count)
    return {**evaluate_images(model, data, **count), **labelled}
