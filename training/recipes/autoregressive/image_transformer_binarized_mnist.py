"""Image Transformer on statically binarized MNIST.

    genkeras train image_transformer_binarized_mnist --data-dir DIR --workdir runs/it

Parmar et al., 2018, section 3, https://arxiv.org/abs/1802.05751;
the fixed binarization of Larochelle and Murray, 2011. Densities are exact.
"""

import dataclasses

import keras

from ....zoo.autoregressive import ImageTransformer
from ...data import steps_per_epoch
from ...evaluation import completions, evaluate_density
from ...pictures import save_png
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. Takes any images of levels."""

    data: str = "binarized_mnist"
    num_blocks: int = 3
    num_heads: int = 2
    units: int = 48
    batch_size: int = 50
    epochs: int = 2
    learning_rate: float = 2e-3
    warmup_steps: int = 100
    clip_norm: float = 1.0
    seed: int = 0


SMOKE = Config(
    data="digits", num_blocks=1, num_heads=1, units=4, batch_size=500, epochs=1
)


def load_data(config: Config):
    return load_images(config)


def make_model(config: Config, data):
    model = ImageTransformer(
        data.event_shape,
        num_blocks=config.num_blocks,
        num_heads=config.num_heads,
        units=config.units,
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
    """Draws images beside what the model makes of their upper halves."""
    save_png(completions(model, data), run.samples / "completed.png")
    return {}
