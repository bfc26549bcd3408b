"""What recipes of images say of their data."""

import dataclasses

from ..data import DataError, DataSet, load, prepare, with_sources


@dataclasses.dataclass(frozen=True)
class ImageConfig:
    """Which images, and of which size.

    `held_out` training images stand in for the test images, to choose settings by.
    `image_size` is a height and a width, or one side of a square; without it images
    keep the size that all of them have. What is of another shape is scaled to `fit`:
    "crop" keeps the middle, "pad" keeps all, on black.
    """

    data: str = "digits"
    data_dir: str | None = None
    held_out: int = 0
    image_size: tuple[int, ...] = ()
    fit: str = "crop"


def load_images(config) -> DataSet:
    """Loads what an `ImageConfig` names.

    Args:
        config: `ImageConfig` that has a `seed` too.
    """
    return load(
        config.data,
        config.data_dir,
        image_size=config.image_size,
        fit=config.fit,
        held_out=config.held_out,
        seed=config.seed,
    )


def load_with_sources(config, *, paired: bool) -> DataSet:
    """Loads images in [-1, 1], and what they are translated from, of one size.

    Args:
        config: `ImageConfig` that has `sources` too.
        paired: bool. Whether each source belongs to an image.

    Raises:
        DataError: for images of two shapes.
    """
    data = load_images(config)
    size = config.image_size or data.event_shape[:2]
    named = {"data": config.sources, "image_size": tuple(size), "held_out": 0}
    sources = load_images(dataclasses.replace(config, **named))
    if not paired and sources.event_shape != data.event_shape:
        raise DataError(
            f"Both kinds of images are of one shape. Received: {data.event_shape} and "
            f"{sources.event_shape}."
        )
    data, sources = (prepare(part, "signed") for part in (data, sources))
    return with_sources(data, sources, paired=paired)
