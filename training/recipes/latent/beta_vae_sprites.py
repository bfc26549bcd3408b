"""A beta-VAE that learns the factors of sprites, and how well it tells them apart.

    genkeras train beta_vae_sprites --workdir runs/beta4
    genkeras train beta_vae_sprites --set beta=1 --workdir runs/beta1

The score is that of Higgins et al., 2017, over scale, rotation, x and y, as there:
https://openreview.net/forum?id=Sy2fzU9gl. `samples/traversals.png` moves one latent in
each row.
"""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from ....zoo.latent import VAE
from ...data import (
    draw_sprites,
    load_sprites,
    prepare,
    sprite_factors,
    steps_per_epoch,
)
from ...evaluation import evaluate_latent
from ...metrics import higgins_score
from ...pictures import draw, save_png
from ...schedules import cosine
from ...uses import posterior_report, traverse

# Scale, rotation, x and y.
_SCORED = (1, 2, 3, 4)


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result."""

    num_samples: int = 30_000
    size: int = 32
    beta: float = 4.0
    latent_size: int = 10
    filters: tuple[int, ...] | None = None
    hidden_units: tuple[int, ...] = (400, 400)
    batch_size: int = 100
    epochs: int = 30
    learning_rate: float = 1e-3
    num_draws: int = 50
    num_points: int = 900
    seed: int = 0


SMOKE = Config(
    num_samples=200,
    size=16,
    latent_size=3,
    hidden_units=(8,),
    epochs=1,
    num_draws=2,
    num_points=30,
)


def load_data(config: Config):
    data = load_sprites(config.num_samples, size=config.size, seed=config.seed)
    return prepare(data, "unit")


def make_model(config: Config, data):
    model = VAE(
        data.event_shape,
        config.latent_size,
        beta=config.beta,
        filters=config.filters,
        hidden_units=config.hidden_units,
        activation="relu",
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(keras.optimizers.Adam(cosine(config.learning_rate, steps)))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    encode = tf.function(lambda x: model.encode(x)[0])
    train = config.num_points * 2 // 3
    score = higgins_score(
        encode,
        sprite_factors,
        lambda factors: draw_sprites(factors, config.size).astype("float32"),
        _SCORED,
        num_train=train,
        num_test=config.num_points - train,
        seed=config.seed,
    )
    found = posterior_report(model, data.x["test"])
    return {
        **evaluate_latent(model, data, num_samples=config.num_draws),
        "higgins_score": score,
        "active_units": found["active_units"],
    }


def report(model, data, config: Config, run) -> dict[str, float]:
    """Draws a row for each latent, the most active first, and says what they do."""
    found = posterior_report(model, data.x["test"])
    print(found["verdict"])
    order = np.argsort(-found["activity"])
    table = traverse(model, data.x["test"][0], dimensions=list(order))
    flat = table.reshape(-1, *data.event_shape)
    image = draw(flat, data.picture, columns=table.shape[1])
    save_png(image, run.samples / "traversals.png")
    return {}
