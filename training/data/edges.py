"""The edges of images, as a second kind of image to translate from."""

import dataclasses

import numpy as np
import tensorflow as tf

from .data_set import DataError, DataSet


def sobel_edges(x: np.ndarray, threshold: float = 0.25) -> np.ndarray:
    """Draws the edges of images white on black.

    A pixel is an edge where the length of the Sobel gradient, taken over the image
    mirrored at its border, exceeds the threshold in one of the channels.

    Args:
        x: `[N, H, W, C]` floats in `[-1, 1]`.
        threshold: float. Share of the gradient of a straight step from -1 to 1.

    Returns:
        `[N, H, W, 1]` float32, 1 at an edge and -1 elsewhere.

    Example:
    >>> step = np.tile(np.float32([-1, -1, -1, 1, 1, 1]), (3, 1))[None, :, :, None]
    >>> sobel_edges(step)[0, 1, :, 0]
    array([-1., -1.,  1.,  1., -1., -1.], dtype=float32)
    """
    edges = []
    for part in np.array_split(x, max(1, len(x) // 5000)):  # memory for one at a time
        gradient = tf.image.sobel_edges(tf.constant(part, tf.float32)) / 8.0
        length = tf.reduce_max(tf.norm(gradient, axis=-1), axis=-1, keepdims=True)
        edges.append(np.where(length > threshold, 1.0, -1.0).astype("float32"))
    return np.concatenate(edges)


def with_edges(data: DataSet, *, paired: bool = True) -> DataSet:
    """Gives a data set of images the edges of each as its sources.

    Args:
        data: images in `[-1, 1]`.
        paired: bool. Whether training sources are those of the training examples. If
            not, every second training image is kept as an example and the others
            give the edges, so that there is no pair to be found.

    Raises:
        DataError: for what are no images in `[-1, 1]`.
    """
    picture = data.picture
    if picture is None or picture.image_shape is None or picture.low != -1.0:
        raise DataError(f"Edges are of images in [-1, 1]. Received: {data.name!r}.")
    sources = {split: sobel_edges(x) for split, x in data.x.items()}
    if paired:
        return dataclasses.replace(data, sources=sources)
    half = len(data.x["train"]) // 2
    sources["train"] = sources["train"][1::2][:half]
    labels = dict(data.labels)
    if labels:
        labels["train"] = labels["train"][::2][:half]
    x = {**data.x, "train": data.x["train"][::2][:half]}
    return dataclasses.replace(data, x=x, labels=labels, sources=sources, paired=False)
