"""A small Glow on MNIST, 28x28 at 8 bits.

    genkeras train glow_mnist --data-dir DIR --workdir runs/glow_mnist

Kingma and Dhariwal, 2018, section 3, https://arxiv.org/abs/1807.03039.
"""

import dataclasses

import keras

from ....zoo.flows import Glow
from ...data import prepare, steps_per_epoch
from ...evaluation import evaluate_density
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. Takes any images of levels."""

    data: str = "mnist"
    num_scales: int = 2
    num_steps: int = 8
    filters: int = 64
    dequantization: str = "uniform"
    batch_size: int = 32
    epochs: int = 5
    learning_rate: float = 2e-3
    warmup_steps: int = 200
    clip_norm: float = 1.0
    seed: int = 0


SMOKE = Config(data="digits", num_scales=1, num_steps=1, filters=2, epochs=1)


def load_data(config: Config):
    data = load_images(config)
    return prepare(data, "raw")


def make_model(config: Config, data):
    model = Glow(
        data.event_shape,
        config.num_scales,
        config.num_steps,
        filters=config.filters,
        dequantization=config.dequantization,
        num_levels=data.num_levels,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    rate = cosine(config.learning_rate, steps, config.warmup_steps)
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=config.clip_norm))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_density(model, data)
