"""Photographs by class: a convolutional conditional VAE, on your own folders.

    genkeras train conditional_vae_images --data PHOTOS --workdir runs/photos

`PHOTOS` holds a folder for each class. Pixels are levels, each the bin of a logistic
variable: Sohn et al., 2015, section 4.1, https://papers.nips.cc/paper/5775, with the
likelihood of Kingma et al., 2016, section 5.2, https://arxiv.org/abs/1606.04934. The
pictures show the means of the pixels, class by class.
"""

import dataclasses
import math

import keras

from ....zoo.latent import ConditionalVAE, DiscretizedLogisticLikelihood
from ...data import DataError, steps_per_epoch
from ...evaluation import evaluate_latent, evaluate_samples
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result."""

    data: str = "cifar10"
    latent_size: int = 32
    filters: tuple[int, ...] = (32, 64)
    hidden_units: tuple[int, ...] = (200,)
    batch_size: int = 32
    epochs: int = 60
    learning_rate: float = 1e-3
    num_draws: int = 50
    seed: int = 0


SMOKE = Config(
    data="digits",
    latent_size=2,
    filters=(2,),
    hidden_units=(4,),
    batch_size=500,
    epochs=1,
    num_draws=2,
)


def load_data(config: Config):
    data = load_images(config)
    if data.num_classes is None or data.num_levels is None:
        raise DataError(
            "Takes images of levels with labels: a folder for each class, or an .npz "
            f"with 'y'. Received: {config.data!r} without."
        )
    return data


def make_model(config: Config, data):
    model = ConditionalVAE(
        data.event_shape,
        config.latent_size,
        condition_spec={"num_classes": data.num_classes},
        filters=config.filters,
        hidden_units=config.hidden_units,
        activation="relu",
        likelihood=DiscretizedLogisticLikelihood(),
        num_levels=data.num_levels,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    rate = cosine(config.learning_rate, steps)
    model.compile(keras.optimizers.Adam(rate, clipnorm=100.0))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    bounds = evaluate_latent(model, data, num_samples=config.num_draws, batch_size=50)
    nats_per_bit = math.log(2.0) * model.num_dimensions
    bits = {"test_bits_per_dim": -bounds["test_log_prob"] / nats_per_bit}
    return {**bounds, **bits, **evaluate_samples(model, data)}
