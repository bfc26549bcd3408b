"""The bound of several weighted draws.

Reference:
    Burda, Grosse and Salakhutdinov, 2016, "Importance Weighted Autoencoders",
    https://arxiv.org/abs/1509.00519
    Tucker, Lawson, Gu and Maddison, 2019, "Doubly Reparameterized Gradient Estimators
    for Monte Carlo Objectives", https://arxiv.org/abs/1810.04152
    Mnih and Rezende, 2016, "Variational Inference for Monte Carlo Objectives",
    https://arxiv.org/abs/1602.06725
"""

import math

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from ..base import refusal
from .latent_estimator import LatentEstimator, log_joint, with_gradient_of

tfd = tfp.distributions

GRADIENTS = ("pathwise", "score", "score_baseline", "dreg")
PROPOSALS = ("posterior", "prior")


@keras.saving.register_keras_serializable(package="genkeras")
class ImportanceBound(LatentEstimator):
    """The logarithm of the mean weight of `k` draws; with the posterior, IWAE's bound.

        L = log 1/k sum_i w_i,   w_i = p(x | z_i) p(z_i) / q(z_i),   z_i ~ q

    Its mean lies below `log p(x)`, and rises to it with `k`. The gradient is

        pathwise        through the draws, of a reparameterized `q`
        score           sum_i L grad log q(z_i) + grad L, with draws held: any `q`
        score_baseline  the same with `L - b_i`, where `b_i` is `L` with `w_i` replaced
                        by the geometric mean of the other weights (VIMCO)
        dreg            pathwise, of the encoder with the squares of the normalized
                        weights, and without the gradient of `log q`

    all of the same mean.

    Args:
        num_draws: int. How many, `k`.
        proposal: "posterior", "prior", or a function from `(model, x, condition)` to a
            distribution of batch `[B]`, which cannot be saved.
        gradient: str. One of the four.

    Raises:
        ValueError: for another proposal or gradient, no draw, or a baseline of one.

    Example:
    >>> from genkeras.zoo import VAE
    >>> model = VAE((4,), 1, hidden_units=(8,))
    >>> ImportanceBound(5, gradient="dreg")(model, np.ones([2, 4], "float32")).shape
    TensorShape([2])

    Reference:
        Burda et al., 2016, eq. 8, https://arxiv.org/abs/1509.00519;
        Tucker et al., 2019, eq. 8, https://arxiv.org/abs/1810.04152;
        Mnih and Rezende, 2016, eq. 10, https://arxiv.org/abs/1602.06725
    """

    def __init__(
        self, num_draws: int = 5, *, proposal="posterior", gradient: str = "pathwise"
    ):
        if gradient not in GRADIENTS:
            raise ValueError(
                f"Gradients are {', '.join(GRADIENTS)}. Received: {gradient!r}."
            )
        if not callable(proposal) and proposal not in PROPOSALS:
            raise ValueError(
                f"`proposal` is posterior, prior or a function. Received: {proposal!r}."
            )
        least = 2 if gradient == "score_baseline" else 1
        if num_draws < least:
            raise ValueError(
                f"{type(self).__name__} with the gradient {gradient} takes at least "
                f"{least} draws. Received: num_draws={num_draws}."
            )
        self.num_draws = num_draws
        self.proposal = proposal
        self.gradient = gradient

    def _proposal(self, model, x, condition):
        if callable(self.proposal):
            return self.proposal(model, x, condition)
        if self.proposal == "posterior":
            return model.posterior(x, condition)
        prior = model.prior(condition)
        if prior.batch_shape.rank:
            return prior
        return tfd.BatchBroadcast(prior, [tf.shape(x)[0]])

    def terms(self, model, x, condition, seed):
        q = self._proposal(model, x, condition)
        z = q.sample(self.num_draws, seed=seed)  # [k, B, Z]
        z = tf.ensure_shape(z, [self.num_draws, None, None])
        draws = self._dreg if self.gradient == "dreg" else self._plain
        log_w, log_likelihood, bound = draws(model, x, z, q, condition)
        distortion = -tf.reduce_mean(log_likelihood, axis=0)
        rate = -tf.reduce_mean(log_w, axis=0) - distortion
        return {"bound": bound, "distortion": distortion, "rate": rate}

    def _combine(self, log_w):
        """From the logarithms of weights, `[k, B]`, to the estimate, `[B]`."""
        return tf.reduce_logsumexp(log_w, axis=0) - math.log(self.num_draws)

    def _shares(self, log_w):
        """Returns how much of the encoder's gradient each draw brings: `[k, B]`."""
        return tf.square(tf.nn.softmax(log_w, axis=0))

    def _baselines(self, log_w):
        """Returns for each draw what the others alone would have given: `[k, B]`."""
        k = self.num_draws
        others = (tf.reduce_sum(log_w, axis=0) - log_w) / (k - 1)
        rows = [
            self._combine(tf.concat([log_w[:i], others[i : i + 1], log_w[i + 1 :]], 0))
            for i in range(k)
        ]
        return tf.stack(rows)

    def _plain(self, model, x, z, q, condition):
        if self.gradient != "pathwise":
            z = tf.stop_gradient(z)
        log_q = q.log_prob(tf.identity(z))
        log_likelihood, log_prior = log_joint(model, x, z, condition)
        log_w = log_likelihood + log_prior - log_q
        bound = self._combine(log_w)
        if self.gradient in ("score", "score_baseline"):
            gain = tf.stop_gradient(bound)
            if self.gradient == "score_baseline":
                gain -= tf.stop_gradient(self._baselines(log_w))
            score = tf.reduce_sum(gain * log_q, axis=0)
            bound = with_gradient_of(bound, bound + score)
        return log_w, log_likelihood, bound

    def _dreg(self, model, x, z, q, condition):
        held, fixed = tf.stop_gradient(z), _fixed(q)
        with tf.GradientTape() as tape:
            tape.watch(held)
            log_likelihood, log_prior = log_joint(model, x, held, condition)
            log_w = log_likelihood + log_prior - fixed.log_prob(held)
            shares = tf.stop_gradient(self._shares(log_w))
            weighted = tf.reduce_sum(shares * log_w)
        slope = tf.stop_gradient(tape.gradient(weighted, held))  # [k, B, Z]
        bound = self._combine(log_w)
        surrogate = bound + tf.reduce_sum(slope * z, axis=[0, 2])
        return log_w, log_likelihood, with_gradient_of(bound, surrogate)

    def get_config(self):
        if callable(self.proposal):
            raise refusal(
                "A proposal that is a function cannot be saved. Received: "
                f"{self.proposal}."
            )
        return {
            "num_draws": self.num_draws,
            "proposal": self.proposal,
            "gradient": self.gradient,
        }


def _fixed(q):
    """The same distribution of parameters that no gradient reaches."""
    if not isinstance(q, tfd.MultivariateNormalDiag):
        raise refusal(
            "The gradient dreg is of posteriors that are tfd.MultivariateNormalDiag. "
            f"Received: {type(q).__name__}."
        )
    return tfd.MultivariateNormalDiag(
        tf.stop_gradient(q.mean()), tf.stop_gradient(q.stddev())
    )
