"""Two variables of 200 levels, `p(x1) p(x2 | x1)`, on a 2-D toy.

    genkeras train bayes_net_toys --data 2spirals --workdir runs/two_variables

The first has a probability for each level, the second a network that reads the first:
the smallest autoregressive model that there is. `--set hidden_units=()` has a table in
the network's place. After homework 1 of the course CS294-158 of UC Berkeley, 2019,
https://sites.google.com/view/berkeley-cs294-158-sp19; on the densities of Grathwohl et
al., 2019, https://arxiv.org/abs/1810.01367, cut into levels.
"""

import dataclasses

import keras
import numpy as np

from ....zoo.autoregressive import BayesNet
from ...data import load, steps_per_epoch, with_levels
from ...evaluation import evaluate_density
from ...pictures import draw_density, save_png
from ...schedules import cosine


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes any data set of continuous pairs."""

    data: str = "2spirals"
    data_dir: str | None = None
    num_samples: int = 100_000
    num_levels: int = 200
    hidden_units: tuple[int, ...] = (32, 32)
    batch_size: int = 500
    epochs: int = 12
    learning_rate: float = 1e-2
    seed: int = 0


SMOKE = Config(
    num_samples=200, num_levels=8, hidden_units=(4,), batch_size=50, epochs=1
)


def load_data(config: Config):
    data = load(
        config.data, config.data_dir, num_samples=config.num_samples, seed=config.seed
    )
    return with_levels(data, config.num_levels)


def make_model(config: Config, data):
    model = BayesNet(
        {"x1": [], "x2": ["x1"]},
        num_levels=data.num_levels,
        hidden_units=config.hidden_units,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(keras.optimizers.Adam(cosine(config.learning_rate, steps)))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_density(model, data)


def report(model, data, config: Config, run) -> dict[str, float]:
    """Draws the shares of the training data beside what was learned of them."""
    size = data.num_levels
    shares = np.zeros([size, size])
    np.add.at(shares, tuple(data.x["train"].T), 1.0 / len(data.x["train"]))
    images = [
        draw_density(log_prob, data.picture, size)
        for log_prob in (
            lambda x: np.log(shares[tuple(x.astype(int).T)] + 1e-30),
            lambda x: model.predict(x, batch_size=2000, verbose=0),
        )
    ]
    save_png(np.concatenate(images, axis=1), run.samples / "beside_the_data.png")
    return {}
