"""Pix2Pix from the edges of handwritten digits to the digits.

    genkeras train pix2pix_digits_edges --data-dir DIR --workdir runs/pix2pix

A U-Net and a judge of patches, Isola et al., 2017, https://arxiv.org/abs/1611.07004,
made small enough for one CPU core. The pictures show source, translation and target.
"""

import dataclasses

from ....zoo.gans import Pix2Pix
from ...data import check_pairs, prepare, steps_per_epoch, with_edges
from ...evaluation import evaluate_translation, side_by_side
from ...schedules import two_adams
from ..image_config import ImageConfig, load_images, load_with_sources


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result.

    `sources` is a folder of images that are translated to those of `data`; without it,
    their edges are.
    """

    data: str = "mnist"
    sources: str | None = None
    generator_filters: tuple[int, ...] = (16, 32, 64, 64)
    discriminator_filters: tuple[int, ...] = (16, 32)
    num_downsamples: int = 1
    num_dropouts: int = 2
    l1_weight: float = 100.0
    ema_decay: float = 0.999
    batch_size: int = 32
    epochs: int = 3
    learning_rate: float = 5e-4
    num_images: int = 2000
    seed: int = 0


SMOKE = Config(
    data="digits",
    generator_filters=(2, 3),
    discriminator_filters=(2, 2),
    batch_size=500,
    epochs=1,
    num_images=100,
)


def load_data(config: Config):
    if config.sources is not None:
        check_pairs(config.sources, config.data)
        return load_with_sources(config, paired=True)
    return with_edges(prepare(load_images(config), "signed"))


def make_model(config: Config, data):
    model = Pix2Pix(
        data.event_shape,
        condition_spec={"shape": list(data.sources["train"].shape[1:])},
        l1_weight=config.l1_weight,
        generator_filters=config.generator_filters,
        discriminator_filters=config.discriminator_filters,
        num_downsamples=config.num_downsamples,
        num_dropouts=config.num_dropouts,
        ema_decay=config.ema_decay,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(*two_adams(model.game, config.learning_rate, steps))
    return model


def show(model, data):
    sources, targets = (parts["test"][:50] for parts in (data.sources, data.x))
    return side_by_side(sources, model.translate(sources, seed=0), targets)


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_translation(
        lambda sources, i: model.translate(sources, seed=(2026, i)),
        data,
        num_images=config.num_images,
    )
