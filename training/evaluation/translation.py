"""What translations of images are worth, and what they look like."""

import numpy as np

from ..data import DataSet
from .labels import label_judge
from .parts import in_parts


def evaluate_translation(
    translate, data: DataSet, *, num_images: int = 2000
) -> dict[str, float]:
    """Compares translations of test sources with the examples that they are of.

    Args:
        translate: function from sources and the number of their part to examples.
        data: the data, whose test sources belong to its test examples.
        num_images: int. How many of them.

    Returns:
        `test_l1`, the mean distance of pixels in units of black to white; and where
        there are labels the share of translations that `label_judge` reads as theirs,
        `label_accuracy`, and `label_accuracy_of_real`.
    """
    real = data.x["test"][:num_images]
    made = in_parts(translate, data.sources["test"][:num_images])
    width = data.picture.high - data.picture.low
    metrics = {"test_l1": float(np.abs(made - real).mean() / width)}
    if data.labels:
        labels, judge = data.labels["test"][:num_images], label_judge(data)
        metrics["label_accuracy"] = judge(made, labels)
        metrics["label_accuracy_of_real"] = judge(real, labels)
    return metrics


def side_by_side(*kinds, columns: int = 5) -> np.ndarray:
    """Lays out images of several kinds so that those of one row belong together.

    Args:
        *kinds: `[N, *event]` each, such as sources, translations and targets.
        columns: int. How many such groups stand in a row, if there are as many; those
            left over are dropped.

    Returns:
        `[N // columns, columns * kinds, *event]`.

    Example:
    >>> side_by_side(np.zeros([6, 8, 8, 1]), np.ones([6, 8, 8, 1]), columns=3).shape
    (2, 6, 8, 8, 1)
    """
    groups = np.stack(kinds, axis=1)  # [N, kinds, *event]
    columns = min(columns, len(groups))
    rows = len(groups) // columns
    return groups[: rows * columns].reshape(
        rows, columns * len(kinds), *groups.shape[2:]
    )
