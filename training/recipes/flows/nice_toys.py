"""NICE on a 2-D toy: couplings that keep volume, and one scaling layer.

    genkeras train nice_toys --data moons --workdir runs/nice_moons

Dinh et al., 2014, sections 3.2-3.3, https://arxiv.org/abs/1410.8516,
on the densities of Grathwohl et al., 2019, https://arxiv.org/abs/1810.01367.
"""

import dataclasses

import keras

from ....zoo.flows import NICE
from ...data import load, prepare, steps_per_epoch
from ...evaluation import evaluate_density
from ...schedules import cosine


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes any data set, made into vectors."""

    data: str = "moons"
    data_dir: str | None = None
    num_samples: int = 200_000
    num_couplings: int = 16
    hidden_units: tuple[int, ...] = (64, 64)
    # What keeps volume cannot leave the shape of its base, and the normal's is nearer.
    base: str = "normal"
    batch_size: int = 500
    epochs: int = 40
    learning_rate: float = 2e-3
    seed: int = 0


SMOKE = Config(
    num_samples=64, num_couplings=2, hidden_units=(8,), batch_size=16, epochs=1
)


def load_data(config: Config):
    data = load(
        config.data, config.data_dir, num_samples=config.num_samples, seed=config.seed
    )
    return prepare(data, "raw", flatten=True)


def make_model(config: Config, data):
    model = NICE(
        *data.event_shape,
        config.num_couplings,
        config.hidden_units,
        base=config.base,
        num_levels=data.num_levels,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    rate = cosine(config.learning_rate, steps)
    model.compile(keras.optimizers.Adam(rate))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_density(model, data)
