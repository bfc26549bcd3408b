"""Gated PixelCNN on the 8x8 digits, their 17 levels one by one.

    genkeras train gated_pixel_cnn_digits --workdir runs/gated_digits

van den Oord et al., 2016, section 2, https://arxiv.org/abs/1606.05328. Densities are
exact. Settings were chosen on training images held out.
"""

import dataclasses

import keras

from ....zoo.autoregressive import GatedPixelCNN
from ...data import steps_per_epoch
from ...evaluation import completions, evaluate_density, evaluate_samples
from ...pictures import save_png
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. Takes any images of levels."""

    data: str = "digits"
    filters: int = 24
    num_blocks: int = 4
    head_units: int = 48
    dropout: float = 0.1
    batch_size: int = 50
    epochs: int = 25
    learning_rate: float = 3e-3
    warmup_steps: int = 100
    clip_norm: float = 1.0
    seed: int = 0


SMOKE = Config(filters=2, num_blocks=2, head_units=4, batch_size=500, epochs=1)


def load_data(config: Config):
    return load_images(config)


def make_model(config: Config, data):
    model = GatedPixelCNN(
        data.event_shape,
        filters=config.filters,
        num_blocks=config.num_blocks,
        head_units=config.head_units,
        dropout=config.dropout,
        num_levels=data.num_levels,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    rate = cosine(config.learning_rate, steps, config.warmup_steps)
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=config.clip_norm))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return {**evaluate_density(model, data), **evaluate_samples(model, data)}


def report(model, data, config: Config, run) -> dict[str, float]:
    """Draws digits beside what the model makes of their upper halves."""
    save_png(completions(model, data), run.samples / "completed.png")
    return {}
