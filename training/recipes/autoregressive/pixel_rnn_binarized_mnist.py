"""PixelRNN, of rows or of diagonals, on statically binarized MNIST.

    genkeras train pixel_rnn_binarized_mnist --data-dir DIR --workdir runs/pixel_rnn

van den Oord et al., 2016, sections 3.1, 3.2 and 5.3, https://arxiv.org/abs/1601.06759;
the fixed binarization of Larochelle and Murray, 2011. Densities are exact.
"""

import dataclasses

import keras

from ....zoo.autoregressive import PixelRNN
from ...data import steps_per_epoch
from ...evaluation import completions, evaluate_density
from ...pictures import draw_receptive_field, save_png
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. Takes any images of levels."""

    data: str = "binarized_mnist"
    cell: str = "row"
    units: int = 32
    num_blocks: int = 3
    head_units: int = 32
    batch_size: int = 50
    epochs: int = 8
    learning_rate: float = 2e-3
    warmup_steps: int = 100
    clip_norm: float = 1.0
    seed: int = 0


SMOKE = Config(
    data="digits", units=2, num_blocks=1, head_units=4, batch_size=500, epochs=1
)


def load_data(config: Config):
    return load_images(config)


def make_model(config: Config, data):
    model = PixelRNN(
        data.event_shape,
        units=config.units,
        num_blocks=config.num_blocks,
        cell=config.cell,
        head_units=config.head_units,
        num_levels=data.num_levels,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    rate = cosine(config.learning_rate, steps, config.warmup_steps)
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=config.clip_norm))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_density(model, data)


def report(model, data, config: Config, run) -> dict[str, float]:
    """Draws images beside what the model makes of their upper halves, and its reach."""
    save_png(completions(model, data), run.samples / "completed.png")
    save_png(draw_receptive_field(model), run.samples / "receptive_field.png")
    return {}
