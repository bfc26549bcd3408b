"""A mixture of normals on a 2-D toy, by EM and then by gradient.

    genkeras train gaussian_mixture_toys --data 8gaussians --workdir runs/mixture

Dempster, Laird and Rubin, 1977, https://www.jstor.org/stable/2984875,
on the densities of Grathwohl et al., 2019, https://arxiv.org/abs/1810.01367.
"""

import dataclasses

import keras

from ....zoo.latent import GaussianMixture
from ...data import load, prepare, steps_per_epoch
from ...evaluation import evaluate_density
from ...schedules import cosine


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes any data set of continuous vectors.

    `em_steps=0` starts the gradient from k-means.
    """

    data: str = "8gaussians"
    data_dir: str | None = None
    num_samples: int = 100_000
    num_components: int = 8
    covariance: str = "full"
    em_steps: int = 50
    pseudo_count: float = 1.0
    batch_size: int = 1000
    epochs: int = 2
    learning_rate: float = 1e-3
    seed: int = 0


SMOKE = Config(num_samples=64, em_steps=2, batch_size=16, epochs=1)


def load_data(config: Config):
    data = load(
        config.data, config.data_dir, num_samples=config.num_samples, seed=config.seed
    )
    return prepare(data, "raw", flatten=True)


def make_model(config: Config, data):
    model = GaussianMixture(
        *data.event_shape,
        config.num_components,
        covariance=config.covariance,
        seed=config.seed,
    )
    prior = {"pseudo_count": config.pseudo_count}
    model.start_from(data.x["train"], seed=config.seed, **prior)
    model.fit_em(data.x["train"], num_steps=config.em_steps, start=None, **prior)
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(keras.optimizers.Adam(cosine(config.learning_rate, steps)))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_density(model, data)
