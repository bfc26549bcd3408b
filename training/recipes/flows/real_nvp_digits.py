"""RealNVP on the 8x8 digits, as vectors of 64 raw levels.

    genkeras train real_nvp_digits --workdir runs/real_nvp_digits

Dinh et al., 2017, sections 3.2-3.5, https://arxiv.org/abs/1605.08803.
"""

import dataclasses

import keras

from ....zoo.flows import RealNVP
from ...data import prepare, steps_per_epoch
from ...evaluation import evaluate_density, evaluate_samples
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. Takes any data set, made into vectors."""

    data: str = "digits"
    num_couplings: int = 8
    hidden_units: tuple[int, ...] = (128, 128)
    batch_size: int = 100
    epochs: int = 40
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    seed: int = 0


SMOKE = Config(num_couplings=2, hidden_units=(8,), epochs=1)


def load_data(config: Config):
    data = load_images(config)
    return prepare(data, "raw", flatten=True)


def make_model(config: Config, data):
    model = RealNVP(
        *data.event_shape,
        config.num_couplings,
        config.hidden_units,
        num_levels=data.num_levels,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    rate = cosine(config.learning_rate, steps)
    model.compile(keras.optimizers.AdamW(rate, config.weight_decay))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return {**evaluate_density(model, data), **evaluate_samples(model, data)}
