"""The Frechet distance of two sets of samples."""

import keras
import numpy as np
import tensorflow as tf

from .sample_set_metric import SampleSetMetric


@keras.saving.register_keras_serializable(package="genkeras")
class FrechetDistance(SampleSetMetric):
    """The Frechet distance of the Gaussians fitted to two sets of features.

        |mean_r - mean_g|^2 + tr(S_r + S_g - 2 (S_r S_g)^(1/2))

    With the features of Inception this is the FID; with others it is not, and the two
    do not compare. It sees means and covariances only: a small distance is necessary
    for good samples, and not sufficient. It falls as the sets grow, so quote their
    sizes, and beside it the distance of two sets of real examples, which is not 0.

    Streams: what is kept of `N` samples of `D` features is their mean and a `[D, D]`
    scatter matrix (Chan et al., 1983, eq. 1.5), which do not suffer from a mean far
    from 0. The result takes `O(D^3)`.

    Args:
        extractor: None for the flattened samples themselves, or a Keras model or any
            function from a batch to `[B, ...]` features.
        name: str. Of the metric.

    Returns:
        float64, in squared units of the features.

    Raises:
        ValueError: for fewer than 2 samples of a set, features of different lengths,
            or features that are not finite.

    Example:
    >>> x = np.random.default_rng(0).normal(size=(1000, 2))
    >>> distance = FrechetDistance()
    >>> for batch in np.split(x, 4):
    ...     distance.update_state(real=batch)
    >>> distance.update_state(generated=x + 1.0)  # equal covariances: |shift|^2
    >>> round(float(distance.result()), 6)
    2.0

    Reference:
        Dowson and Landau, 1982, eq. 4, https://doi.org/10.1016/0047-259X(82)90077-X;
        Heusel et al., 2017, on Inception features, https://arxiv.org/abs/1706.08500;
        Chan et al., 1983, https://doi.org/10.1080/00031305.1983.10483115
    """

    def _build(self, num_features):
        shapes = {
            "count": (),
            "mean": (num_features,),
            "scatter": (num_features, num_features),
        }
        self._moments = {
            name: [self.add_variable(shapes[part], f"{name}_{part}") for part in shapes]
            for name in ("real", "generated")
        }

    def _add(self, name, features):
        count, mean, scatter = self._moments[name]
        added = tf.cast(tf.shape(features)[0], tf.float64)
        total = count + added
        share = tf.math.divide_no_nan(added, total)
        centre = tf.math.divide_no_nan(tf.reduce_sum(features, axis=0), added)  # [D]
        offset = centre - mean
        centred = features - centre
        own = tf.matmul(centred, centred, transpose_a=True)  # [D, D]
        between = tf.convert_to_tensor(count) * share * tf.tensordot(offset, offset, 0)
        scatter.assign_add(own + between)
        mean.assign_add(share * offset)
        count.assign(total)

    def _state(self):
        real, generated = self._moments.values()
        return [tf.convert_to_tensor(x) for x in (*real, *generated)]

    def _compute(self, n, mean_r, scatter_r, m, mean_g, scatter_g):
        self._check_counts(2, real=n, generated=m)
        return gaussian_frechet_distance(
            mean_r, scatter_r / (n - 1), mean_g, scatter_g / (m - 1)
        )


def frechet_distance(real, generated) -> float:
    """Returns the `FrechetDistance` of two whole sets, `[N, *event]` and `[M, *event]`.

    Sets smaller than `D` take `O(N M D)`, since no matrix of `[D, D]` is made.

    Example:
    >>> x = np.random.default_rng(0).normal(size=(1000, 2))
    >>> round(frechet_distance(x, x + 1.0), 6)
    2.0
    """
    sets = [np.asarray(x, "float64").reshape(len(x), -1) for x in (real, generated)]
    sizes = {x.shape[1] for x in sets}
    few = len(sizes) == 1 and 2 <= max(map(len, sets)) < min(sizes)
    if few and min(map(len, sets)) >= 2 and all(np.isfinite(x).all() for x in sets):
        return _few_frechet_distance(*sets)
    return float(FrechetDistance()(real, generated))


def _few_frechet_distance(x, y):
    """Of `[N, D]` and `[M, D]`: the rows themselves are factors of the covariances."""
    rows_x, rows_y = ((z - z.mean(0)) / np.sqrt(len(z) - 1) for z in (x, y))
    cross = np.linalg.svd(rows_x @ rows_y.T, compute_uv=False).sum()
    traces = np.sum(rows_x**2) + np.sum(rows_y**2)
    return float(np.sum((x.mean(0) - y.mean(0)) ** 2) + traces - 2.0 * cross)


def gaussian_frechet_distance(mean_x, cov_x, mean_y, cov_y) -> float:
    """Returns the Frechet distance of two Gaussians.

    Args:
        mean_x: `[D]` float64.
        cov_x: `[D, D]`, symmetric; may be singular.
        mean_y: `[D]`.
        cov_y: `[D, D]`.

    Example:
    >>> one = np.ones(1)
    >>> gaussian_frechet_distance(0 * one, np.diag(4 * one), one, np.diag(one))
    2.0
    """
    # tr (S_x S_y)^(1/2) sums the singular values of A^T B, with S_x = A A^T and
    # S_y = B B^T. Eigenvalues of a product would put in rounding errors of 1e-17 as
    # their square roots.
    cross = np.linalg.svd(_factor(cov_x).T @ _factor(cov_y), compute_uv=False).sum()
    shift = np.sum((mean_x - mean_y) ** 2)
    return float(shift + np.trace(cov_x) + np.trace(cov_y) - 2.0 * cross)


def _factor(cov):
    """`[D, rank]`, the square root of a covariance without its empty directions."""
    values, vectors = np.linalg.eigh(cov)
    kept = values > len(values) * np.finfo("float64").eps * values[-1]
    return vectors[:, kept] * np.sqrt(values[kept])
