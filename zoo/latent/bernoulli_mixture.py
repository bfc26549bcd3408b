"""Mixture of products of Bernoullis.

    p(x) = sum_k w_k prod_d p_kd^x_d (1 - p_kd)^(1 - x_d)

Reference:
    Bishop, 2006, "Pattern Recognition and Machine Learning", section 9.3.3,
    https://www.microsoft.com/en-us/research/people/cmbishop/prml-book/
"""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from .mixture_model import MixtureModel

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="genkeras")
class BernoulliMixture(MixtureModel):
    """A mixture of `K` products of Bernoullis over bits.

        p(x) = sum_k w_k prod_d Bernoulli(x_d; p_kd)

    A step of `fit_em`, with `n_k = sum r_k(x)`, the pseudo-count `c` and the mean `m`
    of all the data:

        w_k = (n_k + c) / (N + c K),   p_kd = (sum r_k(x) x_d + c m_d) / (n_k + c)

    for `c > 0` the mode under a Dirichlet prior and independent Beta priors. Without
    one, a pixel that is never on in a cluster makes it impossible there.

    Args:
        event_shape: sequence of int. Shape of one example.
        num_components: int. How many components, `K`.
        min_prob: float. `fit_em` keeps the probabilities this far from 0 and 1.
        **kwargs: `seed`, `name`, `dtype`, ... passed on.

    Call arguments:
        x: `[B, *event_shape]`, 0 or 1, of any dtype.

    Returns:
        `[B]` floats: `log p(x)` in nats.

    Example:
    >>> x = np.repeat([[0, 0, 1], [1, 1, 0]], 10, axis=0)
    >>> model = BernoulliMixture((3,), 2)
    >>> losses = model.fit_em(x)["loss"]
    >>> clusters = model.predict_cluster(x)
    >>> int(clusters[0]) != int(clusters[-1]), model.log_prob(x[:1]).numpy().round(2)
    (True, array([-0.69], dtype=float32))

    Reference:
        Bishop, 2006, section 9.3.3,
        https://www.microsoft.com/en-us/research/people/cmbishop/prml-book/
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        num_components: int = 50,
        *,
        min_prob: float = 1e-4,
        **kwargs,
    ):
        if kwargs.pop("num_levels", 2) != 2:
            raise ValueError("BernoulliMixture models bits. Received: num_levels=.")
        super().__init__(event_shape, num_components, num_levels=2, **kwargs)
        self.min_prob = min_prob
        # Apart from the start, or every component would move alike.
        normal = keras.initializers.RandomNormal(stddev=0.5, seed=self.seed)
        self.pixel_logits = self.add_weight(
            shape=(num_components, self.num_dimensions),
            initializer=normal,
            name="pixel_logits",
        )
        self.build()

    # === Distributions ===
    def components(self, which=None):
        logits = tf.convert_to_tensor(self.pixel_logits)
        if which is not None:
            logits = tf.gather(logits, which)
        logits = tf.reshape(logits, [-1, *self.event_shape])
        pixels = tfd.Bernoulli(logits=logits, dtype=self.variable_dtype)
        return tfd.Independent(pixels, reinterpreted_batch_ndims=len(self.event_shape))

    def _component_log_prob(self, x):
        # One product of matrices; TFP would make `[B, K, D]` numbers.
        logits = tf.convert_to_tensor(self.pixel_logits)
        flat = tf.reshape(x, [-1, self.num_dimensions])
        ones = tf.matmul(flat, logits, transpose_b=True)  # [B, K]
        return ones - tf.reduce_sum(tf.nn.softplus(logits), axis=-1)

    # === Expectation and maximization ===
    def _statistics(self, x, r):
        return {"count": r.sum(axis=0, dtype="float64"), "x": r.T @ x}

    def _maximize(self, statistics, whole, pseudo_count):
        count = statistics["count"] + pseudo_count + 1e-12
        ones = statistics["x"] + pseudo_count * whole["mean"]
        p = np.clip(ones / count[:, None], self.min_prob, 1.0 - self.min_prob)
        self.pixel_logits.assign(np.log(p) - np.log1p(-p))

    def _log_prior(self, whole):
        logits = self.pixel_logits.numpy().astype("float64")
        terms = logits * whole["mean"] - np.logaddexp(0.0, logits)
        log_weights = tf.nn.log_softmax(tf.convert_to_tensor(self.logits)).numpy()
        return terms.sum() + log_weights.sum()

    # === Saving ===
    def get_config(self):
        config = super().get_config()
        config.pop("num_levels")
        return {**config, "min_prob": self.min_prob}
