"""Stacked digits: three grey images, one in each channel of a colour image."""

import dataclasses

import numpy as np

from .data_set import DataError, DataSet


def with_stacked_channels(data: DataSet, num_images: int, *, seed: int = 0) -> DataSet:
    """Makes colour images of grey ones, each channel an image drawn at random.

    Of ten digits there are 1,000 such triples, which are equally frequent as far as
    the digits are. A label is the three digits read as a number.

    Args:
        data: grey images with labels from 0 to 9.
        num_images: int. How many to make of the training split; of the other splits
            as many as they have.
        seed: int.

    Raises:
        DataError: for images that are not grey, or have no such labels.

    Example:
    >>> from genkeras.training.data import load
    >>> stacked = with_stacked_channels(load("digits"), 2000)
    >>> stacked.event_shape, stacked.num_classes
    ((8, 8, 3), 1000)
    """
    if data.event_shape[2:] != (1,) or data.num_classes != 10:
        raise DataError(
            "Stacked are grey images of ten classes. Received: shape "
            f"{data.event_shape} and {data.num_classes} classes of {data.name!r}."
        )
    x, labels = {}, {}
    for i, (split, images) in enumerate(data.x.items()):
        count = num_images if split == "train" else len(images)
        rng = np.random.default_rng([seed, i])
        rows = rng.integers(len(images), size=(count, 3))
        x[split] = np.stack([images[r, ..., 0] for r in rows.T], axis=-1)
        labels[split] = data.labels[split][rows] @ np.array([100, 10, 1])
    height, width = data.event_shape[:2]
    picture = dataclasses.replace(data.picture, image_shape=(height, width, 3))
    return dataclasses.replace(
        data,
        name=f"stacked {data.name}",
        x=x,
        labels=labels,
        num_classes=1000,
        picture=picture,
    )
