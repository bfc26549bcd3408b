"""A small PixelCNN++ of colour photographs, beside PNG and WebP.

    genkeras train pixel_cnn_plus_plus_cifar10_5k --data-dir DIR --workdir runs/plus

Salimans et al., 2017, https://arxiv.org/abs/1701.05517, at a hundredth of its size.
Densities are exact, so that bits per dimension compare with what lossless codecs need
for the same images. `--set conditional=True` tells the model the class of each.
"""

import dataclasses

import keras

from ....zoo.autoregressive import PixelCNNPlusPlus
from ...data import DataError, steps_per_epoch
from ...evaluation import completions, evaluate_density
from ...metrics import codec_bits_per_dim
from ...pictures import save_png
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. Takes any images of levels."""

    data: str = "cifar10_5k"
    conditional: bool = False
    filters: int = 32
    num_blocks: int = 1
    num_resolutions: int = 3
    num_components: int = 5
    dropout: float = 0.0
    batch_size: int = 16
    epochs: int = 12
    learning_rate: float = 2e-3
    warmup_steps: int = 100
    clip_norm: float = 1.0
    seed: int = 0


SMOKE = Config(
    data="digits",
    conditional=True,
    filters=2,
    num_resolutions=2,
    num_components=2,
    dropout=0.1,
    batch_size=500,
    epochs=1,
)


def load_data(config: Config):
    data = load_images(config)
    if config.conditional and data.num_classes is None:
        raise DataError(
            "A conditional model takes images with labels. Received: "
            f"{config.data!r} without."
        )
    return data


def make_model(config: Config, data):
    classes = {"num_classes": data.num_classes} if config.conditional else None
    model = PixelCNNPlusPlus(
        data.event_shape,
        filters=config.filters,
        num_blocks=config.num_blocks,
        num_resolutions=config.num_resolutions,
        num_components=config.num_components,
        dropout=config.dropout,
        num_levels=data.num_levels,
        condition_spec=classes,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    rate = cosine(config.learning_rate, steps, config.warmup_steps)
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=config.clip_norm))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    metrics = evaluate_density(model, data, batch_size=100)
    if data.num_levels != 256 or data.event_shape[-1] not in (1, 3):
        return metrics  # codecs take bytes
    codecs = {
        f"{codec}_bits_per_dim": codec_bits_per_dim(data.x["test"], codec)
        for codec in ("png", "webp")
    }
    return {**metrics, **codecs}


def report(model, data, config: Config, run) -> dict[str, float]:
    """Draws images beside what the model makes of their upper halves."""
    save_png(completions(model, data), run.samples / "completed.png")
    return {}
