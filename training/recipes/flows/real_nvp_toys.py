"""RealNVP on a 2-D toy, close to the entropy that no model can beat.

    genkeras train real_nvp_toys --data moons --workdir runs/moons

Dinh et al., 2017, section 3.4-3.5, https://arxiv.org/abs/1605.08803,
on the densities of Grathwohl et al., 2019, https://arxiv.org/abs/1810.01367.
"""

import dataclasses

import keras

from ....zoo.flows import RealNVP
from ...data import load, prepare, steps_per_epoch
from ...evaluation import evaluate_density
from ...schedules import cosine


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes any data set of continuous vectors."""

    data: str = "moons"
    data_dir: str | None = None
    num_samples: int = 200_000
    # Thin rings want depth more than width, and scales that cannot run away.
    num_couplings: int = 32
    hidden_units: tuple[int, ...] = (32, 32)
    activation: str = "relu"
    max_log_scale: float = 1.0
    batch_size: int = 500
    epochs: int = 25
    learning_rate: float = 5e-3
    warmup_steps: int = 0
    clip_norm: float = 1.0
    jit_compile: bool = False  # XLA: slow to start, then a third quicker; one device
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
    model = RealNVP(
        *data.event_shape,
        config.num_couplings,
        config.hidden_units,
        activation=config.activation,
        max_log_scale=config.max_log_scale,
        num_levels=data.num_levels,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    optimizer = keras.optimizers.Adam(
        cosine(config.learning_rate, steps, config.warmup_steps),
        global_clipnorm=config.clip_norm,
    )
    model.compile(optimizer, jit_compile=config.jit_compile or "auto")
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_density(model, data)
