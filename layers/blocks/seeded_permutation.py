"""Random orders that no new version changes."""

import random

import numpy as np


def seeded_permutation(size: int, seed: int) -> np.ndarray:
    """Returns a random permutation of `size` that no new version will change.

    A model is loaded years after it was saved. Python promises the numbers of
    `Random.random` for a seed; NumPy's generators promise nothing across versions.

    Example:
    >>> seeded_permutation(5, seed=0)
    array([3, 2, 4, 1, 0])
    """
    generator = random.Random(seed)
    return np.argsort([generator.random() for _ in range(size)])
