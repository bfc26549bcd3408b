"""A WGAN-GP on the ring of 8 Gaussians: 8 of 8 modes.

    genkeras train wgan_gp_ring --workdir runs/wgan_gp_ring

Gulrajani et al., 2017, section 3 (penalty weight 0.1 on the plane, from its code),
https://arxiv.org/abs/1704.00028; the ring of Srivastava et al., 2017,
https://arxiv.org/abs/1705.07761.
"""

import dataclasses
import sys

import keras

from ...zoo.wgan_gp import WGANGP
from ..data import load, steps_per_epoch
from ..evaluation import evaluate_modes
from ..schedules import cosine
from ..toys import mixture
from ..trainer import train_recipe


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes a toy that is a mixture."""

    data: str = "ring"
    data_dir: str | None = None
    num_samples: int = 102_400
    latent_size: int = 2
    hidden_units: tuple[int, ...] = (128, 128, 128)
    num_critic_steps: int = 1
    penalty_weight: float = 0.1
    ema_decay: float = 0.999
    batch_size: int = 256
    epochs: int = 60
    learning_rate: float = 1e-3
    seed: int = 0


SMOKE = Config(num_samples=256, hidden_units=(8,), batch_size=128, epochs=1)


def load_data(config: Config):
    mixture(config.data)  # or it has no modes to be counted
    return load(
        config.data, config.data_dir, num_samples=config.num_samples, seed=config.seed
    )


def make_model(config: Config, data):
    model = WGANGP(
        data.event_shape,
        config.latent_size,
        generator_units=config.hidden_units,
        discriminator_units=config.hidden_units,
        num_critic_steps=config.num_critic_steps,
        penalty_weight=config.penalty_weight,
        output_activation="linear",
        ema_decay=config.ema_decay,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)

    def adam(num_steps):
        # Without the decay the samples circle the modes, and never settle on them.
        rate = cosine(config.learning_rate, num_steps)
        return keras.optimizers.Adam(rate, beta_1=0.5, beta_2=0.9)

    model.compile(adam(steps), adam(steps * config.num_critic_steps))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_modes(model, data)


def train(config: Config, workdir, **options) -> dict[str, float]:
    """Trains, writes the run folder, and returns the metrics of the samples."""
    return train_recipe(sys.modules[__name__], config, workdir, **options)
