"""One variable with levels, as lectures have it."""

import numpy as np

from .data_set import DataSet


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
