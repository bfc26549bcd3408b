"""The lower halves of images, drawn given the upper ones."""

import numpy as np

from ..data import DataSet
from ..pictures import draw


def completions(
    model, data: DataSet, num_images: int = 8, num_draws: int = 4
) -> np.ndarray:
    """Draws images of the test split beside what a model makes of their upper halves.

    Args:
        model: `AutoregressiveModel` of images, or of images as vectors; a conditional
            one is told the labels.
        data: the data, with a picture of images.
        num_images: int. How many rows there are.
        num_draws: int. How often each is completed.

    Returns:
        `[H, W, C]` uint8: in each row an image, its upper half alone, and the draws.
    """
    x = data.x["test"][:num_images]
    flat = x.reshape(len(x), -1)
    known = np.arange(flat.shape[1]) < flat.shape[1] // 2
    positions = known.reshape(data.picture.image_shape)[..., 0]
    mask = positions.reshape(model.positions)
    labels = None if model.condition_encoder is None else data.conditions["test"]
    given = {"condition": None if labels is None else labels[:num_images]}
    drawn = [model.complete(x, mask, seed=i, **given).numpy() for i in range(num_draws)]
    upper = np.where(known, flat, 0).reshape(x.shape)
    rows = np.stack([x, upper, *drawn], axis=1)  # [N, 2 + draws, *event]
    images = rows.reshape(-1, *x.shape[1:])
    return draw(images, data.picture, columns=2 + num_draws)
