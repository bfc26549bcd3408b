"""A mixture of discretized logistics on one variable with levels.

    genkeras train discretized_logistic_mixture_toy --workdir runs/logistics

Salimans et al., 2017, section 2.1, https://arxiv.org/abs/1701.05517, on the sets of the
course CS294-158 of UC Berkeley, 2024, homework 1,
https://sites.google.com/view/berkeley-cs294-158-sp24.
"""

import dataclasses

import keras

from ....zoo.autoregressive import DiscretizedLogisticMixture
from ...data import load, steps_per_epoch
from ...evaluation import evaluate_density, level_curves
from ...pictures import save_png
from ...schedules import cosine


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes any data set of one variable."""

    data: str = "bell_levels"
    data_dir: str | None = None
    num_components: int = 4
    batch_size: int = 100
    epochs: int = 100
    learning_rate: float = 0.02
    seed: int = 0


SMOKE = Config(epochs=1)


def load_data(config: Config):
    return load(config.data, config.data_dir, seed=config.seed)


def make_model(config: Config, data):
    model = DiscretizedLogisticMixture(
        data.num_levels, config.num_components, seed=config.seed
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(keras.optimizers.Adam(cosine(config.learning_rate, steps)))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_density(model, data)


def report(model, data, config: Config, run) -> dict[str, float]:
    """Draws the mixture over the histogram of the data."""
    save_png(level_curves(model, data), run.samples / "levels.png")
    return {}
