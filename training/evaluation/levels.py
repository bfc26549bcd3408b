"""What a model of one variable makes of its levels."""

import numpy as np

from ..data import DataSet
from ..pictures import Curves, draw_curves


def level_curves(model, data: DataSet) -> np.ndarray:
    """Draws the learned probability of each level over its share of the data.

    Args:
        model: exact `DensityModel` of one variable with levels.
        data: the data, `[N, 1]` levels in each split.

    Returns:
        `[H, W, 3]` uint8.
    """
    levels = np.arange(data.num_levels)
    train = np.bincount(data.x["train"][:, 0], minlength=data.num_levels)
    curves = Curves(
        levels,
        {"learned": np.exp(model.log_prob(levels[:, None]))},
        {"training data": train / train.sum()},
        x_label="level",
        y_label="probability",
    )
    return draw_curves(curves)
