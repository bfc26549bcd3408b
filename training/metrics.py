"""Numbers that say how good samples are."""

import numpy as np

from .toys import Toy


def frechet_distance(x, y) -> float:
    """Returns the Frechet distance of the Gaussians fitted to two samples.

        |mean_x - mean_y|^2 + tr(S_x + S_y - 2 (S_x S_y)^(1/2))

    On raw pixels it sees means and covariances only: a small distance is necessary
    for good samples, and not sufficient. Compare it with the distance of two sets of
    real examples of the same size, which is not 0 either.

    Args:
        x: `[N, *event]`.
        y: `[M, *event]`.

    Example:
    >>> x = np.random.default_rng(0).normal(size=(1000, 2))
    >>> round(frechet_distance(x, x + 1.0), 6)  # equal covariances: |shift|^2
    2.0

    Reference:
        Dowson and Landau, 1982, eq. 4, https://doi.org/10.1016/0047-259X(82)90077-X;
        Heusel et al., 2017, on Inception features, https://arxiv.org/abs/1706.08500
    """
    (mean_x, cov_x), (mean_y, cov_y) = _moments(x), _moments(y)
    root = _square_root(cov_x)
    # tr (S_x S_y)^(1/2), through a symmetric matrix with the same eigenvalues.
    eigenvalues = np.linalg.eigvalsh(root @ cov_y @ root)
    cross = np.sqrt(np.clip(eigenvalues, 0.0, None)).sum()
    distance = np.sum((mean_x - mean_y) ** 2)
    return float(distance + np.trace(cov_x) + np.trace(cov_y) - 2.0 * cross)


def _moments(x):
    x = np.asarray(x, "float64")
    x = x.reshape(len(x), -1)
    return x.mean(axis=0), np.cov(x, rowvar=False)


def _square_root(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T


def mode_coverage(samples, toy: Toy) -> dict[str, float]:
    """Returns how the samples spread over the modes of a mixture of equal Gaussians.

    A sample within 3 standard deviations of its nearest mode is of high quality. A
    mode counts as covered if at least one sample in a thousand is a high-quality
    sample of it, so that a stray hit of one of many samples is no coverage. The
    divergence is `sum_k p_k log(p_k K)` over the shares `p` of the nearest modes.

    Args:
        samples: `[N, 2]`.
        toy: a toy with `modes`.

    Returns:
        `modes`, `share_within_3_stddev`, and `reverse_kl` in nats.

    Reference:
        Srivastava et al., 2017, section 4.1, https://arxiv.org/abs/1705.07761;
        Lin et al., 2018, section 4.1, https://arxiv.org/abs/1712.04086
    """
    samples = np.asarray(samples, "float64")
    distances = np.linalg.norm(samples[:, None] - toy.modes, axis=-1)  # [N, K]
    nearest = distances.argmin(axis=1)
    good = distances.min(axis=1) <= 3.0 * toy.mode_stddev
    num_modes = len(toy.modes)
    hits = np.bincount(nearest[good], minlength=num_modes)
    shares = np.bincount(nearest, minlength=num_modes) / len(samples)
    seen = shares[shares > 0]
    return {
        "modes": int(np.sum(hits >= max(1, len(samples) // 1000))),
        "share_within_3_stddev": float(good.mean()),
        "reverse_kl": float(np.sum(seen * np.log(seen * num_modes))),
    }
