"""Continuous flow on a 2-D toy.

    genkeras train ffjord_toys --data moons --workdir runs/ffjord

Grathwohl et al., 2019, section 4.1, https://arxiv.org/abs/1810.01367.
"""

import dataclasses

import keras

from ....zoo.flows import FFJORD
from ...data import load, prepare, steps_per_epoch
from ...evaluation import evaluate_density
from ...schedules import cosine


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes any data set of continuous vectors."""

    data: str = "moons"
    data_dir: str | None = None
    num_samples: int = 200_000
    # Small networks in many small steps: more of a plane is learned in the same time.
    hidden_units: tuple[int, ...] = (32, 32, 32)
    num_blocks: int = 1
    input_gain: float = 2.0
    # With two features the exact trace costs little, and has no noise.
    train_trace: str = "exact"
    rtol: float = 1e-4
    atol: float = 1e-4
    train_tolerance: float | None = 1e-3
    batch_size: int = 200
    epochs: int = 3
    learning_rate: float = 1e-2
    warmup_steps: int = 200
    clip_norm: float = 1.0
    seed: int = 0


SMOKE = Config(num_samples=64, hidden_units=(8,), batch_size=16, epochs=1)


def load_data(config: Config):
    data = load(
        config.data, config.data_dir, num_samples=config.num_samples, seed=config.seed
    )
    return prepare(data, "raw", flatten=True)


def make_model(config: Config, data):
    model = FFJORD(
        *data.event_shape,
        config.hidden_units,
        config.num_blocks,
        input_gain=config.input_gain,
        train_trace=config.train_trace,
        rtol=config.rtol,
        atol=config.atol,
        train_tolerance=config.train_tolerance,
        num_levels=data.num_levels,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    rate = cosine(config.learning_rate, steps, config.warmup_steps)
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=config.clip_norm))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_density(model, data)
