"""Groups of near rows, where mixtures start."""

import numpy as np

# Centres are chosen among so many rows at most: k-means++ passes over them once for
# each centre.
_MAX_ROWS = 10_000


def k_means(x: np.ndarray, num_clusters: int, rng, num_steps: int = 5) -> np.ndarray:
    """Returns the cluster of each row, by Lloyd's steps from a k-means++ start.

    Args:
        x: `[N, D]` floats, at least as many rows as clusters.
        num_clusters: int. How many, `K`.
        rng: `np.random.Generator`.
        num_steps: int. How many times the centres move to the mean of their rows.

    Returns:
        `[N]` integers below `K`.

    Example:
    >>> x = np.array([[0.0], [9.0], [0.1], [9.1]])
    >>> first, second, *others = k_means(x, 2, np.random.default_rng(0)).tolist()
    >>> first != second, others == [first, second]
    (True, True)

    Reference:
        Arthur and Vassilvitskii, 2007, "k-means++",
        http://ilpubs.stanford.edu:8090/778/1/2006-13.pdf
    """
    size = max(_MAX_ROWS, num_clusters)
    rows = x if len(x) <= size else x[rng.choice(len(x), size, replace=False)]
    centres = _spread_out(rows, num_clusters, rng)
    for _ in range(num_steps):
        labels = nearest(rows, centres)
        for k in range(num_clusters):
            if np.any(labels == k):  # a centre without rows stays
                centres[k] = rows[labels == k].mean(axis=0)
    return nearest(x, centres)


def _spread_out(x, num_clusters, rng):
    """Rows drawn one by one, with the squared distance to those drawn as weight."""
    chosen = [rng.integers(len(x))]
    distance = np.full(len(x), np.inf)
    for _ in range(num_clusters - 1):
        distance = np.minimum(distance, _distances(x, x[chosen[-1:]])[:, 0])
        distance[chosen] = 0.0
        total = distance.sum()
        # Rows that repeat each other leave no distance to weigh by.
        weights = distance / total if total > 0.0 else None
        chosen.append(rng.choice(len(x), p=weights))
    return x[chosen].copy()


def nearest(x: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Returns the nearest centre of each row: `[N]` integers."""
    parts = np.split(x, range(1000, len(x), 1000))
    return np.concatenate([_distances(part, centres).argmin(axis=1) for part in parts])


def _distances(x, centres):
    """Squared distances, `[N, K]`, by one product of matrices."""
    squares = np.sum(x**2, axis=1)[:, None] + np.sum(centres**2, axis=1)
    return np.maximum(squares - 2.0 * x @ centres.T, 0.0)
