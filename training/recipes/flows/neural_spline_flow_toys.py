"""Neural spline flow on a 2-D toy, as near to the entropy as the data allow.

    genkeras train neural_spline_flow_toys --data checkerboard --workdir runs/board

Durkan et al., 2019, section 5.1, https://arxiv.org/abs/1906.04032,
on the densities of Grathwohl et al., 2019, https://arxiv.org/abs/1810.01367.
"""

import dataclasses

import keras

from ....zoo.flows import NeuralSplineFlow
from ...data import load, prepare, steps_per_epoch
from ...evaluation import evaluate_density
from ...schedules import cosine


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes any data set of continuous vectors."""

    data: str = "moons"
    data_dir: str | None = None
    num_samples: int = 200_000
    num_layers: int = 6
    hidden_units: tuple[int, ...] = (64, 64)
    coupling: bool = True
    num_bins: int = 16
    batch_size: int = 500
    epochs: int = 20
    learning_rate: float = 3e-3
    warmup_steps: int = 200
    clip_norm: float = 1.0
    seed: int = 0


SMOKE = Config(num_samples=64, num_layers=2, hidden_units=(8,), batch_size=16, epochs=1)


def load_data(config: Config):
    data = load(
        config.data, config.data_dir, num_samples=config.num_samples, seed=config.seed
    )
    return prepare(data, "raw", flatten=True)


def make_model(config: Config, data):
    model = NeuralSplineFlow(
        *data.event_shape,
        config.num_layers,
        config.hidden_units,
        coupling=config.coupling,
        num_bins=config.num_bins,
        num_levels=data.num_levels,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    rate = cosine(config.learning_rate, steps, config.warmup_steps)
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=config.clip_norm))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_density(model, data)
