"""Levels made of real numbers."""

import dataclasses
import math

import numpy as np

from ..pictures import picture_of
from .data_set import DataError, DataSet


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
