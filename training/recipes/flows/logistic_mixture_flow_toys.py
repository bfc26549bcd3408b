"""Logistic-mixture couplings of vectors, composed by hand, on a 2-D toy.

    genkeras train logistic_mixture_flow_toys --data moons --workdir runs/mixture

The coupling of Ho et al., 2019 (Flow++), section 3.2, https://arxiv.org/abs/1902.00275,
on the densities of Grathwohl et al., 2019, https://arxiv.org/abs/1810.01367.
"""

import dataclasses

import keras

from ....layers.couplings import LogisticMixtureCoupling
from ....layers.flows import ActNorm, InvertibleLinear
from ....zoo.flows import Flow
from ...data import load, prepare, steps_per_epoch
from ...evaluation import evaluate_density
from ...schedules import cosine


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes any data set of continuous vectors."""

    data: str = "moons"
    data_dir: str | None = None
    num_samples: int = 200_000
    num_couplings: int = 8
    hidden_units: tuple[int, ...] = (64, 64)
    num_components: int = 16
    max_log_scale: float = 5.0  # thin rings want narrow logistics
    batch_size: int = 500
    epochs: int = 25
    learning_rate: float = 1e-2
    warmup_steps: int = 200
    clip_norm: float = 1.0
    jit_compile: bool = True
    seed: int = 0


SMOKE = Config(
    num_samples=64,
    num_couplings=2,
    hidden_units=(8,),
    batch_size=16,
    epochs=1,
    jit_compile=False,
)


def load_data(config: Config):
    data = load(
        config.data, config.data_dir, num_samples=config.num_samples, seed=config.seed
    )
    return prepare(data, "raw", flatten=True)


def make_model(config: Config, data):
    transforms = []
    for i in range(config.num_couplings):
        transforms += [
            LogisticMixtureCoupling(
                config.hidden_units,
                num_components=config.num_components,
                max_log_scale=config.max_log_scale,
                flip=bool(i % 2),
            ),
            InvertibleLinear(seed=config.seed + i),
        ]
    transforms.append(ActNorm())
    model = Flow(
        transforms, data.event_shape, num_levels=data.num_levels, seed=config.seed
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
