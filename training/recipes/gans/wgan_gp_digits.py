"""A WGAN-GP with dense networks on the 8x8 digits.

    genkeras train wgan_gp_digits --workdir runs/wgan_gp_digits

Gulrajani et al., 2017, https://arxiv.org/abs/1704.00028.
"""

import dataclasses

from ....zoo.gans import WGANGP
from ...data import prepare, steps_per_epoch
from ...evaluation import evaluate_samples
from ...schedules import two_adams
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. `batch_size` is for all critic steps."""

    data: str = "digits"
    latent_size: int = 32
    hidden_units: tuple[int, ...] = (256, 256)
    num_critic_steps: int = 3
    penalty_weight: float = 10.0
    ema_decay: float = 0.995
    batch_size: int = 192
    epochs: int = 500
    learning_rate: float = 5e-4
    seed: int = 0


SMOKE = Config(latent_size=2, hidden_units=(8,), epochs=1)


def load_data(config: Config):
    data = load_images(config)
    return prepare(data, "signed")


def make_model(config: Config, data):
    model = WGANGP(
        data.event_shape,
        config.latent_size,
        generator_units=config.hidden_units,
        discriminator_units=config.hidden_units,
        num_critic_steps=config.num_critic_steps,
        penalty_weight=config.penalty_weight,
        ema_decay=config.ema_decay,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(*two_adams(model.game, config.learning_rate, steps, (0.5, 0.9)))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_samples(model, data)
