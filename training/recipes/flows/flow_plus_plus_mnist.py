"""A small Flow++ on MNIST, 28x28 at 8 bits.

    genkeras train flow_plus_plus_mnist --data-dir DIR --workdir runs/flow_plus_plus

Ho et al., 2019, section 4, https://arxiv.org/abs/1902.00275.
"""

import dataclasses

import keras

from ....zoo.flows import FlowPlusPlus
from ...data import prepare, steps_per_epoch
from ...evaluation import evaluate_density
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. Takes any images of levels."""

    data: str = "mnist"
    num_components: int = 4
    # Attention over 784 pixels is out of reach of a few minutes on a CPU.
    network: str = "resnet"
    filters: int = 16
    num_blocks: int = 1
    max_log_scale: float = 2.0
    dequantization: str = "variational"
    dequantizer_filters: int = 8
    dequantizer_couplings: int = 2
    batch_size: int = 32
    epochs: int = 1
    learning_rate: float = 2e-3
    warmup_steps: int = 200
    clip_norm: float = 1.0
    seed: int = 0


SMOKE = Config(
    data="digits",
    num_components=2,
    network="conv",
    filters=2,
    dequantizer_couplings=1,
    dequantizer_filters=2,
    epochs=1,
)


def load_data(config: Config):
    data = load_images(config)
    return prepare(data, "raw")


def make_model(config: Config, data):
    model = FlowPlusPlus(
        data.event_shape,
        config.num_components,
        network=config.network,
        filters=config.filters,
        num_blocks=config.num_blocks,
        max_log_scale=config.max_log_scale,
        dequantization=config.dequantization,
        dequantizer={
            "num_couplings": config.dequantizer_couplings,
            "filters": config.dequantizer_filters,
            "num_blocks": 1,
        },
        num_levels=data.num_levels,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    rate = cosine(config.learning_rate, steps, config.warmup_steps)
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=config.clip_norm))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_density(model, data)
