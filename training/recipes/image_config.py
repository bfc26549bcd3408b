"""What recipes of images say of their data."""

import dataclasses

from ..data import DataSet, load


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
