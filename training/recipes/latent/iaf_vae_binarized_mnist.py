"""A VAE with an IAF posterior on statically binarized MNIST.

    genkeras train iaf_vae_binarized_mnist --data-dir DIR --workdir runs/iaf_vae

Encoder, decoder and optimizer are those of `vae_binarized_mnist`; only the posterior
differs. Kingma et al., 2016, https://arxiv.org/abs/1606.04934; the architecture of
Burda et al., 2016, https://arxiv.org/abs/1509.00519; the fixed binarization of
Larochelle and Murray, 2011.
"""

import dataclasses

import keras

from ....zoo.latent import VAE
from ...data import prepare, steps_per_epoch
from ...evaluation import evaluate_latent
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. `binarize` is for sets that have levels."""

    data: str = "binarized_mnist"
    binarize: str | None = None
    latent_size: int = 50
    hidden_units: tuple[int, ...] = (200, 200)
    num_flows: int = 2
    flow_units: tuple[int, ...] = (320,)
    context_size: int = 100
    batch_size: int = 100
    epochs: int = 100
    learning_rate: float = 2e-3
    num_draws: int = 500
    seed: int = 0


SMOKE = Config(
    data="digits",
    binarize="static",
    latent_size=2,
    hidden_units=(8,),
    num_flows=1,
    flow_units=(8,),
    context_size=4,
    epochs=1,
    num_draws=2,
)


def load_data(config: Config):
    data = load_images(config)
    return prepare(data, "unit", binarize=config.binarize)


def make_model(config: Config, data):
    model = VAE(
        data.event_shape,
        config.latent_size,
        hidden_units=config.hidden_units,
        num_flows=config.num_flows,
        flow_units=config.flow_units,
        context_size=config.context_size,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    rate = cosine(config.learning_rate, steps)
    model.compile(keras.optimizers.Adam(rate))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_latent(model, data, num_samples=config.num_draws)
