"""A histogram of one variable with levels, by counting.

    genkeras train histogram_toy --workdir runs/histogram
    genkeras train histogram_toy --set count=false --epochs 50 --workdir runs/gradient

The second one arrives by gradient where counting without smoothing does at once. The
sets are those of the course CS294-158 of UC Berkeley, 2024, homework 1,
https://sites.google.com/view/berkeley-cs294-158-sp24.
"""

import dataclasses

import keras

from ....zoo.autoregressive import Histogram
from ...data import load
from ...evaluation import evaluate_density, level_curves
from ...pictures import save_png


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes any data set of one variable."""

    data: str = "bell_levels"
    data_dir: str | None = None
    count: bool = True
    smoothing: float = 1.0
    batch_size: int = 100
    epochs: int = 0
    learning_rate: float = 0.05
    seed: int = 0


SMOKE = Config(epochs=1)


def load_data(config: Config):
    return load(config.data, config.data_dir, seed=config.seed)


def make_model(config: Config, data):
    model = Histogram(data.num_levels, seed=config.seed)
    if config.count:
        model.fit_counts(data.x["train"], smoothing=config.smoothing)
    model.compile(keras.optimizers.Adam(config.learning_rate))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_density(model, data)


def report(model, data, config: Config, run) -> dict[str, float]:
    """Draws the histogram over that of the data."""
    save_png(level_curves(model, data), run.samples / "levels.png")
    return {}
