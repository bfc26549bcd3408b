"""Convolutional VAEs of colour photographs, in bits per dimension.

    genkeras train vae_cifar10_5k --data-dir DIR --workdir runs/vae_cifar

Levels are scored by discretized logistics; `--set architecture=fully_convolutional`
has maps for latents, `resnet` and `convolutional` a vector. Samples are drawn as the
means of `p(x | z)`, which look like blurred photographs; a draw adds each pixel's own
noise, which no eye takes for a photograph. Kingma et al., 2016, section 5.2,
https://arxiv.org/abs/1606.04934.
"""

import dataclasses
import math

import keras
import numpy as np

from ....zoo.latent import VAE, DiscretizedLogisticLikelihood
from ...data import prepare, steps_per_epoch
from ...evaluation import evaluate_latent
from ...pictures import draw, save_png
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. Takes any images with levels."""

    data: str = "cifar10_5k"
    architecture: str = "convolutional"
    latent_size: int = 128
    filters: tuple[int, ...] = (32, 64, 128)
    hidden_units: tuple[int, ...] = (256,)
    batch_size: int = 50
    epochs: int = 40
    learning_rate: float = 1e-3
    num_draws: int = 100
    seed: int = 0


SMOKE = Config(
    data="digits",
    latent_size=4,
    filters=(4, 4),
    hidden_units=(8,),
    epochs=1,
    num_draws=2,
)


def load_data(config: Config):
    return prepare(load_images(config), "raw")


def make_model(config: Config, data):
    model = VAE(
        data.event_shape,
        config.latent_size,
        architecture=config.architecture,
        filters=config.filters,
        hidden_units=config.hidden_units,
        activation="relu",
        likelihood=DiscretizedLogisticLikelihood(),
        num_levels=data.num_levels,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    rate = cosine(config.learning_rate, steps, warmup_steps=min(200, steps // 10))
    model.compile(keras.optimizers.Adam(rate, clipnorm=100.0))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    """Scores the test split: bits per dimension are upper bounds."""
    metrics = evaluate_latent(model, data, num_samples=config.num_draws, batch_size=100)
    per_nat = 1.0 / (math.log(2.0) * model.num_dimensions)
    return {
        **metrics,
        "test_bits_per_dim": -per_nat * metrics["test_log_prob"],
        "test_bits_per_dim_of_elbo": -per_nat * metrics["test_elbo"],
    }


def report(model, data, config: Config, run) -> dict[str, float]:
    """Draws test images above their reconstructions, and draws of pixels."""
    x = data.x["test"][:10]
    both = np.concatenate([x, model.reconstruct(x)])
    save_png(draw(both, data.picture, 10), run.samples / "reconstructions.png")
    noisy = model.sample(16, seed=config.seed)
    save_png(draw(noisy, data.picture), run.samples / "draws.png")
    return {}
