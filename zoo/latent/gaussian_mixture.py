"""Mixture of normals.

    p(x) = sum_k w_k Normal(x; m_k, S_k)

Reference:
    Dempster, Laird and Rubin, 1977, https://www.jstor.org/stable/2984875;
    Bishop, 2006, "Pattern Recognition and Machine Learning", section 9.2,
    https://www.microsoft.com/en-us/research/people/cmbishop/prml-book/
"""

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from .mixture_model import MixtureModel

tfd = tfp.distributions

COVARIANCES = ("full", "tied", "diagonal")


@keras.saving.register_keras_serializable(package="genkeras")
class GaussianMixture(MixtureModel):
    """A mixture of `K` normals over vectors.

        p(x) = sum_k w_k Normal(x; m_k, L_k L_k'),   diag(L_k) = softplus(.) + floor

    A step of `fit_em`, with `n_k = sum r_k(x)` and the pseudo-count `c`:

        w_k = (n_k + c) / (N + c K),   m_k = sum r_k(x) x / n_k
        S_k = (sum r_k(x) (x - m_k)(x - m_k)' + c diag(v)) / (n_k + c) + floor^2 I

    with `v` the variances of all the data: for `c > 0` the mode under an inverse
    Wishart prior. Tied components share the mean of the `S_k`, weighted by `n_k + c`.

    Args:
        features: int. Length `D` of one example.
        num_components: int. How many components, `K`.
        covariance: str. "full" for a matrix to each component, "tied" for one that
            they share, "diagonal" for independent features in each.
        min_stddev: float. The floor, which keeps a component from shrinking onto one
            example. The variances of `fit_em` have its square added.
        **kwargs: `seed`, `name`, `dtype`, ... passed on.

    Call arguments:
        x: `[B, D]` floats.

    Returns:
        `[B]` floats: `log p(x)` in nats.

    Raises:
        ValueError: for another covariance, or `num_levels`.

    Example:
    >>> x = np.random.default_rng(0).normal(size=(200, 2)) + [[5.0, 0.0]]
    >>> x = np.concatenate([x, -x]).astype("float32")
    >>> model = GaussianMixture(2, 2)
    >>> losses = model.fit_em(x)["loss"]
    >>> model.predict_cluster(x[:3]).numpy() == model.predict_cluster(-x[:3]).numpy()
    array([False, False, False])
    >>> np.abs(model.loc.numpy()).round()[:, 0]
    array([5., 5.], dtype=float32)

    Reference:
        Bishop, 2006, section 9.2.2,
        https://www.microsoft.com/en-us/research/people/cmbishop/prml-book/
    """

    def __init__(
        self,
        features: int,
        num_components: int = 8,
        *,
        covariance: str = "full",
        min_stddev: float = 1e-3,
        **kwargs,
    ):
        if covariance not in COVARIANCES:
            raise ValueError(
                f"Covariances are {', '.join(COVARIANCES)}. Received: {covariance!r}."
            )
        if kwargs.pop("num_levels", None) is not None:
            raise ValueError(
                "GaussianMixture models real numbers. Received: num_levels=."
            )
        super().__init__((features,), num_components, **kwargs)
        self.covariance = covariance
        self.min_stddev = min_stddev
        # Apart from the start, or every component would move alike.
        normal = keras.initializers.RandomNormal(1.0, seed=self.seed)
        self.loc = self.add_weight(
            shape=(num_components, features), initializer=normal, name="loc"
        )
        matrices = 1 if covariance == "tied" else num_components
        self.raw_stddev = self.add_weight(
            shape=(matrices, features),
            initializer=keras.initializers.Constant(_unsoftplus(1.0)),
            name="raw_stddev",
        )
        self.below_diagonal = None
        if covariance != "diagonal" and features > 1:
            self.below_diagonal = self.add_weight(
                shape=(matrices, features * (features - 1) // 2),
                initializer="zeros",
                name="below_diagonal",
            )
        self.build()

    # === Distributions ===
    def _scales(self):
        """Returns `L_k`, lower triangular: `[K or 1, D, D]`."""
        stddev = tf.nn.softplus(tf.convert_to_tensor(self.raw_stddev))
        diagonal = tf.linalg.diag(stddev + self.min_stddev)
        if self.below_diagonal is None:
            return diagonal
        rows, columns = np.tril_indices(*self.event_shape, -1)
        flat = rows * self.event_shape[0] + columns
        below = tf.transpose(tf.convert_to_tensor(self.below_diagonal))
        shape = [self.num_dimensions**2, tf.shape(below)[1]]
        spread = tf.transpose(tf.scatter_nd(flat[:, None], below, shape))
        return diagonal + tf.reshape(spread, tf.shape(diagonal))

    def components(self, which=None):
        loc, scales = tf.convert_to_tensor(self.loc), self._scales()
        if which is not None:
            loc = tf.gather(loc, which)
            if self.covariance != "tied":
                scales = tf.gather(scales, which)
        if self.covariance == "diagonal":
            return tfd.MultivariateNormalDiag(loc, tf.linalg.diag_part(scales))
        return tfd.MultivariateNormalTriL(loc, scales)

    def _component_log_prob(self, x):
        if self.covariance == "diagonal":
            return self.components().log_prob(x[:, None])
        # One inverse for all examples: TFP solves for each of them.
        scales = self._scales()
        eye = tf.eye(self.num_dimensions, dtype=scales.dtype)
        inverse = tf.linalg.triangular_solve(scales, tf.broadcast_to(eye, scales.shape))
        inverse = tf.broadcast_to(inverse, [self.num_components, *inverse.shape[1:]])
        residuals = tf.einsum("kij,bkj->bki", inverse, x[:, None] - self.loc)
        log_det = tf.reduce_sum(tf.math.log(tf.linalg.diag_part(scales)), axis=-1)
        constant = 0.5 * self.num_dimensions * np.log(2.0 * np.pi)
        squares = tf.reduce_sum(tf.square(residuals), axis=-1)  # [B, K]
        return -0.5 * squares - log_det - tf.cast(constant, x.dtype)

    @property
    def covariances(self) -> np.ndarray:
        """The covariance matrix of each component, `[K, D, D]` float64."""
        scales = self._scales().numpy().astype("float64")
        matrices = scales @ scales.swapaxes(1, 2)
        shape = (self.num_components, *matrices.shape[1:])
        return np.broadcast_to(matrices, shape).copy()

    @property
    def weights_of_components(self) -> np.ndarray:
        """The share of each component, `[K]`."""
        return tf.nn.softmax(tf.convert_to_tensor(self.logits)).numpy()

    def set_components(self, weights, loc, covariances) -> None:
        """Sets all parameters, such as those that another program found.

        Args:
            weights: `[K]` shares.
            loc: `[K, D]` means.
            covariances: `[K, D, D]` matrices, or the one of all, `[1, D, D]`. Their
                standard deviations are raised to the floor.
        """
        self.logits.assign(np.log(weights))
        self.loc.assign(loc)
        covariances = np.asarray(covariances, "float64")
        if self.covariance == "tied":
            covariances = covariances[:1]
        if self.covariance == "diagonal":
            stddevs = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
        else:
            scales = np.linalg.cholesky(covariances)
            stddevs = np.diagonal(scales, axis1=1, axis2=2)
        self.raw_stddev.assign(_unsoftplus(np.maximum(stddevs - self.min_stddev, 1e-6)))
        if self.below_diagonal is not None:
            below = np.tril_indices(*self.event_shape, -1)
            self.below_diagonal.assign(scales[:, below[0], below[1]])

    # === Expectation and maximization ===
    def _statistics(self, x, r):
        # In double precision: a variance is a difference of two of these sums.
        x, r = x.astype("float64"), r.astype("float64")
        sums = {"count": r.sum(axis=0), "x": r.T @ x}
        if self.covariance == "diagonal":
            return {**sums, "xx": r.T @ x**2}
        return {**sums, "xx": np.stack([(x * w[:, None]).T @ x for w in r.T])}

    def _maximize(self, statistics, whole, pseudo_count):
        count = statistics["count"] + 1e-12
        loc = statistics["x"] / count[:, None]
        scatter, prior = statistics["xx"], pseudo_count * whole["variance"]
        if self.covariance == "diagonal":
            scatter = scatter - count[:, None] * loc**2 + prior
            scatter = np.stack([np.diag(row) for row in np.maximum(scatter, 0.0)])
        else:
            outer = loc[:, :, None] * loc[:, None, :]
            scatter = scatter - count[:, None, None] * outer + np.diag(prior)
        count = count + pseudo_count
        if self.covariance == "tied":
            scatter, count = scatter.sum(axis=0, keepdims=True), count.sum()[None]
        covariances = scatter / count[:, None, None]
        floor = self.min_stddev**2 * np.eye(self.num_dimensions)
        weights = np.exp(self.logits.numpy())
        self.set_components(weights, loc, covariances + floor)

    def _log_prior(self, whole):
        matrices, variance = self.covariances, np.diag(whole["variance"])
        traces = np.trace(np.linalg.solve(matrices, variance), axis1=1, axis2=2)
        terms = np.linalg.slogdet(matrices)[1] + traces
        return np.sum(np.log(self.weights_of_components)) - 0.5 * np.sum(terms)

    # === Saving ===
    def get_config(self):
        config = super().get_config()
        config.pop("num_levels")
        (features,) = config.pop("event_shape")
        return {
            **config,
            "features": features,
            "covariance": self.covariance,
            "min_stddev": self.min_stddev,
        }


def _unsoftplus(y):
    return np.asarray(y) + np.log(-np.expm1(-np.asarray(y, "float64")))
