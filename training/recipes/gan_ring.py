"""A plain GAN on the ring of 8 Gaussians, to set beside `wgan_gp_ring`.

    genkeras train gan_ring --workdir runs/gan_ring

The game of Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661, with neither a
penalty, nor averaged weights, nor a decaying rate; the ring of Srivastava et al., 2017,
https://arxiv.org/abs/1705.07761.
"""

import dataclasses
import sys

import keras

from ...zoo.gan import GAN
from ..data import load
from ..evaluation import evaluate_modes
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
    batch_size: int = 256
    epochs: int = 60
    learning_rate: float = 1e-4
    seed: int = 0


SMOKE = Config(num_samples=256, hidden_units=(8,), batch_size=128, epochs=1)


def load_data(config: Config):
    mixture(config.data)  # or it has no modes to be counted
    return load(
        config.data, config.data_dir, num_samples=config.num_samples, seed=config.seed
    )


def make_model(config: Config, data):
    model = GAN(
        data.event_shape,
        config.latent_size,
        generator_units=config.hidden_units,
        discriminator_units=config.hidden_units,
        output_activation="linear",
        seed=config.seed,
    )

    def adam():
        return keras.optimizers.Adam(config.learning_rate, beta_1=0.8)

    model.compile(adam(), adam())
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_modes(model, data)


def train(config: Config, workdir, **options) -> dict[str, float]:
    """Trains, writes the run folder, and returns the metrics of the samples."""
    return train_recipe(sys.modules[__name__], config, workdir, **options)
