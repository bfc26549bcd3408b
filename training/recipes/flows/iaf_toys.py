"""Inverse autoregressive flow on a 2-D toy: quick to sample, sequential to train.

    genkeras train iaf_toys --data moons --workdir runs/iaf

Kingma et al., 2016, section 3, https://arxiv.org/abs/1606.04934,
on the densities of Grathwohl et al., 2019, https://arxiv.org/abs/1810.01367.
"""

import dataclasses

import keras

from ....zoo.flows import IAF
from ...data import load, prepare, steps_per_epoch
from ...evaluation import evaluate_density
from ...schedules import cosine


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes any data set of continuous vectors."""

    data: str = "moons"
    data_dir: str | None = None
    num_samples: int = 200_000
    num_layers: int = 32
    hidden_units: tuple[int, ...] = (32, 32)
    max_log_scale: float = 1.0
    act_norm: bool = False
    batch_size: int = 500
    epochs: int = 20
    learning_rate: float = 5e-3
    warmup_steps: int = 500
    clip_norm: float = 1.0
    jit_compile: bool = False
    seed: int = 0


SMOKE = Config(num_samples=64, num_layers=2, hidden_units=(8,), batch_size=16, epochs=1)


def load_data(config: Config):
    data = load(
        config.data, config.data_dir, num_samples=config.num_samples, seed=config.seed
    )
    return prepare(data, "raw", flatten=True)


def make_model(config: Config, data):
    model = IAF(
        *data.event_shape,
        config.num_layers,
        config.hidden_units,
        max_log_scale=config.max_log_scale,
        act_norm=config.act_norm,
        num_levels=data.num_levels,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    rate = cosine(config.learning_rate, steps, config.warmup_steps)
    model.compile(
        keras.optimizers.Adam(rate, global_clipnorm=config.clip_norm),
        jit_compile=config.jit_compile,
    )
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_density(model, data)
