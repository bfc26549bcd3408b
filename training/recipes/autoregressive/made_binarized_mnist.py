"""MADE on statically binarized MNIST.

    genkeras train made_binarized_mnist --data-dir DIR --workdir runs/made

Germain et al., 2015, section 6.2, https://arxiv.org/abs/1502.03509; the fixed
binarization of Larochelle and Murray, 2011. Densities are exact. With
`--set num_orders=32` training goes through as many random orders, and the test images
are scored under their ensemble, and under one of them beside it.
"""

import dataclasses

import keras

from ....zoo.autoregressive import MADE
from ...data import prepare, steps_per_epoch
from ...evaluation import completions, evaluate_orders
from ...pictures import save_png
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. Takes any levels, made into vectors."""

    data: str = "binarized_mnist"
    hidden_units: tuple[int, ...] = (500,)
    num_orders: int = 1
    batch_size: int = 100
    epochs: int = 20
    learning_rate: float = 2e-3
    jit_compile: bool = True
    seed: int = 0


SMOKE = Config(data="digits", hidden_units=(8,), epochs=1, jit_compile=False)


def load_data(config: Config):
    data = load_images(config)
    return prepare(data, "raw", flatten=True)


def make_model(config: Config, data):
    model = MADE(
        *data.event_shape,
        config.hidden_units,
        num_orders=config.num_orders,
        num_levels=data.num_levels,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    rate = cosine(config.learning_rate, steps)
    model.compile(keras.optimizers.Adam(rate), jit_compile=config.jit_compile)
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_orders(model, data)


def report(model, data, config: Config, run) -> dict[str, float]:
    """Draws images beside what the model makes of their upper halves."""
    save_png(completions(model, data), run.samples / "completed.png")
    return {}
