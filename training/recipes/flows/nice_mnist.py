"""NICE on MNIST, 28x28 at 8 bits, as vectors.

    genkeras train nice_mnist --data-dir DIR --workdir runs/nice_mnist

Dinh et al., 2015, section 5.1, https://arxiv.org/abs/1410.8516.
"""

import dataclasses
import math

import keras
import numpy as np

from ....zoo.flows import NICE
from ...data import prepare, steps_per_epoch
from ...evaluation import evaluate_density
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. Takes any levels, made into vectors."""

    data: str = "mnist"
    num_couplings: int = 4
    hidden_units: tuple[int, ...] = (500, 500, 500)
    batch_size: int = 100
    epochs: int = 12
    learning_rate: float = 1e-3
    warmup_steps: int = 0
    clip_norm: float = 1.0
    seed: int = 0


SMOKE = Config(data="digits", num_couplings=2, hidden_units=(8,), epochs=1)


def load_data(config: Config):
    data = load_images(config)
    return prepare(data, "raw", flatten=True)


def make_model(config: Config, data):
    model = NICE(
        *data.event_shape,
        config.num_couplings,
        config.hidden_units,
        identity_start=True,  # random shifts cost 48 nats in as many epochs
        num_levels=data.num_levels,
        seed=config.seed,
    )
    model.scaling.log_scale.assign(_log_scale_of(data))
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    rate = cosine(config.learning_rate, steps, config.warmup_steps)
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=config.clip_norm))
    return model


def _log_scale_of(data):
    """Factors that bring standard logistic noise to the spread of each pixel.

    From 0, where the weights start, to here, Adam would take thousands of steps.
    """
    variance = data.x["train"].var(axis=0) + 1.0 / 12.0  # of the dequantized levels
    logistic_variance = math.pi**2 / 3.0
    return 0.5 * np.log(variance / logistic_variance) - math.log(data.num_levels)


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_density(model, data)
