"""A classifier that has seen samples only, beside one that has seen real digits.

    genkeras train synthetic_mnist --data-dir DIR --workdir runs/synthetic

Samples are the means of a conditional VAE's `p(x | z, label)`. Ravuri and Vinyals,
2019, https://arxiv.org/abs/1905.10887.
"""

import dataclasses

import keras
import numpy as np

from ....zoo.latent import VAE
from ...data import load, prepare, steps_per_epoch
from ...pictures import draw, save_png
from ...schedules import cosine
from ...uses import train_on_samples


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes any labelled images with levels."""

    data: str = "mnist"
    data_dir: str | None = None
    binarize: str | None = "dynamic"
    latent_size: int = 20
    hidden_units: tuple[int, ...] = (300, 300)
    batch_size: int = 100
    epochs: int = 15
    learning_rate: float = 2e-3
    num_samples: int = 20_000
    classifier_epochs: int = 4
    seed: int = 0


SMOKE = Config(
    data="digits",
    latent_size=2,
    hidden_units=(8,),
    epochs=1,
    num_samples=100,
    classifier_epochs=1,
)


def load_data(config: Config):
    data = load(config.data, config.data_dir, seed=config.seed)
    return prepare(data, "unit", binarize=config.binarize)


def make_model(config: Config, data):
    model = VAE(
        data.event_shape,
        config.latent_size,
        hidden_units=config.hidden_units,
        condition_spec={"num_classes": data.num_classes},
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(keras.optimizers.Adam(cosine(config.learning_rate, steps)))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return train_on_samples(
        model,
        data,
        num_samples=config.num_samples,
        epochs=config.classifier_epochs,
        mean=True,
        seed=config.seed,
    )


def report(model, data, config: Config, run) -> dict[str, float]:
    """Draws samples that the classifier learned from, above real ones."""
    labels = data.labels["train"][:20]
    drawn = model.sample(20, condition=labels, seed=config.seed, mean=True)
    both = np.concatenate([drawn, data.x["train"][:20]])
    save_png(draw(both, data.picture, columns=20), run.samples / "synthetic.png")
    return {}
