"""Images in one domain, and work that is done a part at a time."""

import numpy as np

from ..data import DataSet


def in_parts(function, x, size: int = 200) -> np.ndarray:
    """Returns `function` of all of `x`, `[N, ...]`, for which it takes `size` a time.

    Args:
        function: from `[n, ...]` and the number of the part to `[n, ...]`.
        x: `[N, ...]`.
        size: int.

    Example:
    >>> in_parts(lambda x, i: x + i, np.zeros([3, 1]), size=2).ravel()
    array([0., 0., 1.])
    """
    parts = np.split(x, range(size, len(x), size))
    return np.concatenate(
        [np.asarray(function(part, i)) for i, part in enumerate(parts)]
    )


def sample_in_parts(
    model, data: DataSet, count: int, seed: int, *, labels=None, **options
) -> np.ndarray:
    """Returns `count` samples, a part at a time.

    Convolutions over all of them at once would want gigabytes. A conditioned model is
    given the `labels`, or else the conditions of the test split; further options go to
    `sample`.
    """
    if labels is None and model.condition_spec is not None:
        labels = data.conditions["test"]

    def sample(rows, i):
        given = None if labels is None else labels[rows]
        return model.sample(len(rows), condition=given, seed=(seed, i), **options)

    return in_parts(sample, np.arange(count))


def scaled(x, data: DataSet) -> np.ndarray:
    """Returns pixels in `[0, 1]`, whatever their domain; other data as it is."""
    if data.picture is None:
        return x
    return (x - data.picture.low) / (data.picture.high - data.picture.low)


def image_shape(data: DataSet) -> tuple[int, int, int]:
    """Returns the shape of the images.

    Raises:
        ValueError: for data that are none.
    """
    if data.picture is None or data.picture.image_shape is None:
        raise ValueError(f"Takes data that are images. Received: {data.name}.")
    return data.picture.image_shape


def unit_images(x, data: DataSet) -> np.ndarray:
    """Brings images to `[N, H, W, C]` in `[0, 1]`; what leaves it is clipped.

    Raises:
        ValueError: if the data has no images.
    """
    images = np.reshape(x, (-1, *image_shape(data))).astype("float32")
    return np.clip(scaled(images, data), 0.0, 1.0)
