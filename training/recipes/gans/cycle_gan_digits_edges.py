"""CycleGAN between handwritten digits and edges of other digits, without pairs.

    genkeras train cycle_gan_digits_edges --data-dir DIR --workdir runs/cycle_gan

Two residual translators and two judges of patches, Zhu et al., 2017,
https://arxiv.org/abs/1703.10593, made small enough for one CPU core. Kind `a` are the
digits, kind `b` the edges. The pictures show edges, translation and digit.
"""

import dataclasses

import numpy as np

from ....zoo.gans import CycleGAN
from ...data import DataError, prepare, steps_per_epoch, with_edges
from ...evaluation import evaluate_translation, in_parts, label_judge, side_by_side
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
    filters: tuple[int, ...] = (8, 16, 32)
    num_blocks: int = 3
    discriminator_filters: tuple[int, ...] = (16, 32)
    num_downsamples: int = 1
    cycle_weight: float = 10.0
    identity_weight: float = 0.5
    pool_size: int = 50
    ema_decay: float = 0.999
    batch_size: int = 32
    epochs: int = 3
    learning_rate: float = 5e-4
    num_images: int = 2000
    seed: int = 0


SMOKE = Config(
    data="digits",
    filters=(2, 2),
    num_blocks=0,
    discriminator_filters=(2, 2),
    batch_size=500,
    epochs=1,
    num_images=100,
)


def load_data(config: Config):
    if config.sources is not None:
        return load_with_sources(config, paired=False)
    data = load_images(config)
    if data.event_shape[-1:] != (1,):
        raise DataError(
            "Edges and images share their one channel. Received: "
            f"{config.data!r}, of shape {data.event_shape}."
        )
    return with_edges(prepare(data, "signed"), paired=False)


def make_model(config: Config, data):
    model = CycleGAN(
        data.event_shape,
        cycle_weight=config.cycle_weight,
        identity_weight=config.identity_weight,
        filters=config.filters,
        num_blocks=config.num_blocks,
        discriminator_filters=config.discriminator_filters,
        num_downsamples=config.num_downsamples,
        pool_size=config.pool_size,
        ema_decay=config.ema_decay,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(*two_adams(model.game, config.learning_rate, steps))
    return model


def show(model, data):
    edges, digits = (parts["test"][:50] for parts in (data.sources, data.x))
    return side_by_side(edges, model.translate(edges, to="a"), digits)


def evaluate(model, data, config: Config) -> dict[str, float]:
    metrics = {}
    if config.sources is None:  # else no source has an image of its own to compare with
        metrics = evaluate_translation(
            lambda edges, _: model.translate(edges, to="a"),
            data,
            num_images=config.num_images,
        )
    digits = data.x["test"][: config.num_images]
    back = in_parts(lambda x, _: model.reconstruct(x, of="a"), digits)
    metrics["cycle_l1"] = float(np.abs(back - digits).mean() / 2.0)
    if data.labels:
        labels = data.labels["test"][: config.num_images]
        metrics["label_accuracy_after_cycle"] = label_judge(data)(back, labels)
    return metrics
