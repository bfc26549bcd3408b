"""One variable with levels, as lectures have it, and levels made of real numbers."""

import dataclasses
import math

import numpy as np

from ..pictures import picture_of
from .data_set import DataError, DataSet


def _bell(rng):
    return 0.2 + 0.2 * rng.randn(1000)


def _peaks(rng):
    count = 10_000
    parts = [
        middle + width * rng.randn(count)
        for middle, width in ((0.4, 0.05), (0.5, 0.10), (0.7, 0.02))
    ]
    return np.choose(rng.randint(0, 3, count), parts)


# Draws of real numbers, and how many levels [0, 1] is cut into.
_SETS = {"bell_levels": (_bell, 20), "peaks_levels": (_peaks, 100)}
LEVEL_TOYS = tuple(_SETS)


def read_level_toy(name: str) -> DataSet:
    """Reads a fixed set of one variable, whose last fifth is the test split.

    `bell_levels` are 1,000 draws of one normal, in 20 levels, the lowest of which holds
    all that is negative; `peaks_levels` 10,000 of a mixture of three, in 100. They are
    those of the course CS294-158 of UC Berkeley, 2024, whose mixture is drawn anew each
    time where ours is fixed: https://sites.google.com/view/berkeley-cs294-158-sp24

    Example:
    >>> data = read_level_toy("bell_levels")
    >>> data.x["train"].shape, data.x["test"].shape, data.num_levels
    ((800, 1), (200, 1), 20)
    """
    draw, num_levels = _SETS[name]
    # The generator of the course, so that scores compare.
    numbers = draw(np.random.RandomState(0))
    levels = np.digitize(numbers, np.linspace(0.0, 1.0, num_levels))
    levels = np.minimum(levels, num_levels - 1).astype("uint8")[:, None]
    cut = len(levels) * 4 // 5
    x = {"train": levels[:cut], "test": levels[cut:]}
    return DataSet(name=name, x=x, num_levels=num_levels)


def with_levels(data: DataSet, num_levels: int) -> DataSet:
    """Cuts continuous data into levels, of the same width for each number.

    What lies beyond all but a thousandth of the training numbers at either side, and a
    margin, goes to the outermost levels. Entropies become those of the levels, up to
    what is lost within a level:

        H >= h - D log(width)

    Args:
        data: a continuous `DataSet`.
        num_levels: int. How many levels, from 2 on.

    Raises:
        DataError: for data that has levels, or fewer than two.

    Example:
    >>> from genkeras.training.data import load
    >>> data = with_levels(load("moons", num_samples=100), 20)
    >>> data.num_levels, data.x["train"].dtype
    (20, dtype('uint8'))
    """
    if data.num_levels is not None or num_levels < 2:
        raise DataError(
            f"Continuous data is cut into 2 levels or more. Received: {data.name} of "
            f"num_levels={data.num_levels}, and num_levels={num_levels}."
        )
    low, high = np.quantile(data.x["train"], [0.001, 0.999])
    margin = 0.1 * (high - low)
    low, width = low - margin, (high - low + 2.0 * margin) / num_levels
    kind = "uint8" if num_levels <= 256 else "int32"
    x = {
        split: np.clip((array - low) // width, 0, num_levels - 1).astype(kind)
        for split, array in data.x.items()
    }
    entropy = data.entropy
    if entropy is not None:
        entropy -= math.prod(data.event_shape) * math.log(width)
    return dataclasses.replace(
        data,
        x=x,
        num_levels=num_levels,
        entropy=entropy,
        picture=picture_of(x["train"], num_levels),
    )
