"""A latent of a few bits, which can be summed over.

z ~ Bernoulli(prior)^K,   x ~ Bernoulli(decoder(z)),   p(x) = sum_z p(z) p(x | z)
"""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from ...layers.networks import DenseDecoder, DenseEncoder
from ..base import DensityModel, refusal
from .exact_sum import ExactSum

tfd = tfp.distributions

# 65,536 passes of the decoder for an example.
MAX_BITS = 16


@keras.saving.register_keras_serializable(package="genkeras")
class BinaryLatentModel(DensityModel):
    """Bits that are made of `K` hidden bits: exact, and a place to try estimators.

        z_j ~ Bernoulli(pi_j),   x ~ Bernoulli(decoder(z))
        q(z | x) = Bernoulli(encoder(x))

    `log_prob` sums over all `2^K` latents. `fit` maximizes what `estimator` gives, by
    default the same sum; an estimator that draws from the encoder trains that along. No
    gradient passes a bit, so that its gradient is "score" or "score_baseline".

    Args:
        event_shape: sequence of int. Shape of one example.
        num_bits: int. Length of the latent, `K`, at most 16.
        hidden_units: sequence of int. Widths of the encoder; the decoder has them in
            reverse order.
        activation: str. Hidden activation.
        estimator: None, or a `LatentEstimator`: what is maximized in training.
        **kwargs: `seed`, `name`, `dtype`, ... passed on.

    Call arguments:
        x: `[B, *event_shape]`, 0 or 1, of any dtype.

    Returns:
        `[B]` floats: `log p(x)` in nats.

    Raises:
        ValueError: for too many bits, or an estimator whose gradient is pathwise.

    Example:
    >>> model = BinaryLatentModel((6,), num_bits=4, hidden_units=(8,))
    >>> x = np.ones([2, 6])
    >>> model.log_prob(x).shape, model.true_posterior(x).shape
    (TensorShape([2]), TensorShape([2, 16]))

    Reference:
        Mnih and Gregor, 2014, https://arxiv.org/abs/1402.0030
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        num_bits: int = 8,
        *,
        hidden_units: Sequence[int] = (64,),
        activation: str = "tanh",
        estimator=None,
        **kwargs,
    ):
        if not 1 <= num_bits <= MAX_BITS:
            raise refusal(
                f"BinaryLatentModel sums over 1 to {MAX_BITS} bits. Received: "
                f"num_bits={num_bits}."
            )
        for name, only in (("num_levels", 2), ("condition_spec", None)):
            if kwargs.pop(name, only) != only:
                raise refusal(
                    f"BinaryLatentModel models bits, unconditionally. Received: {name}="
                )
        super().__init__(event_shape, num_levels=2, **kwargs)
        self.num_bits = num_bits
        self.hidden_units = tuple(hidden_units)
        self.activation = activation
        if isinstance(estimator, dict):
            estimator = keras.saving.deserialize_keras_object(estimator)
        _check_estimator(estimator)
        self.estimator = estimator
        options = {"activation": activation, "dtype": self.dtype_policy}
        self.prior_logits = self.add_weight(
            shape=(num_bits,), initializer="zeros", name="prior_logits"
        )
        self.decoder = DenseDecoder(event_shape, hidden_units[::-1], **options)
        self.encoder = None
        if estimator is not None and not isinstance(estimator, ExactSum):
            self.encoder = DenseEncoder(num_bits, hidden_units, **options)
        self.build()

    # === Distributions ===
    def prior(self, condition=None) -> tfd.Distribution:
        """Returns `p(z)`: events `[K]`."""
        logits = tf.convert_to_tensor(self.prior_logits)
        return tfd.Independent(tfd.Bernoulli(logits=logits, dtype=logits.dtype), 1)

    def likelihood(self, z, condition=None) -> tfd.Distribution:
        """Returns `p(x | z)`: `z` `[B, K]`, events `event_shape`."""
        logits = tf.cast(self.decoder(z), self.variable_dtype)
        pixels = tfd.Bernoulli(logits=logits, dtype=self.variable_dtype)
        return tfd.Independent(pixels, reinterpreted_batch_ndims=len(self.event_shape))

    def posterior(self, x, condition=None) -> tfd.Distribution:
        """Returns the encoder's `q(z | x)`: batch `[B]`, events `[K]`.

        Raises:
            ValueError: of a model that has none, since it sums.
        """
        if self.encoder is None:
            raise refusal(
                "BinaryLatentModel has an encoder if its estimator draws from one. "
                f"Received: estimator={type(self.estimator).__name__}."
            )
        logits = tf.cast(self.encoder(x), self.variable_dtype)
        return tfd.Independent(tfd.Bernoulli(logits=logits, dtype=logits.dtype), 1)

    def all_latents(self) -> tf.Tensor:
        """Returns every latent: `[2^K, K]`, 0 and 1."""
        numbers = np.arange(2**self.num_bits)[:, None]
        bits = numbers >> np.arange(self.num_bits)[::-1] & 1
        return tf.constant(bits, self.variable_dtype)

    def distribution(self, condition=None):
        z = self.all_latents()
        mixture = tfd.Categorical(logits=self.prior().log_prob(z))
        return tfd.MixtureSameFamily(mixture, self.likelihood(z))

    def _log_joint(self, x):
        """Returns `log p(x, z)` of every latent: `[B, 2^K]`."""
        z = self.all_latents()
        logits = tf.cast(self.decoder(z), self.variable_dtype)
        logits = tf.reshape(logits, [-1, self.num_dimensions])
        flat = tf.reshape(x, [-1, self.num_dimensions])
        ones = tf.matmul(flat, logits, transpose_b=True)
        likelihood = ones - tf.reduce_sum(tf.nn.softplus(logits), axis=-1)
        return likelihood + self.prior().log_prob(z)

    def _log_prob(self, x, condition, seed):
        return tf.reduce_logsumexp(self._log_joint(x), axis=-1)

    def true_posterior(self, x) -> tf.Tensor:
        """Returns `p(z | x)` of every latent, in the order of `all_latents`.

        Args:
            x: `[B, *event_shape]`.

        Returns:
            `[B, 2^K]` floats that add up to 1.
        """
        return tf.nn.softmax(self._log_joint(self._enter(x)[0]))

    def _sample(self, num_samples, condition, seed):
        first, second = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        z = self.prior().sample(num_samples, seed=first)
        return self._to_data(self.likelihood(z).sample(seed=second))

    # === Training ===
    def _build_networks(self, x, condition):
        super()._build_networks(x, condition)
        if self.encoder is not None:
            self.posterior(x)

    def _step_terms(self, x, condition, seed, *, training):
        terms = super()._step_terms(x, condition, seed, training=training)
        if self.encoder is None:
            return terms
        bound = self.estimator.terms(self, x, condition, seed)["bound"]
        return {**terms, "loss": -bound}

    # === Saving ===
    def get_config(self):
        config = super().get_config()
        for name in ("num_levels", "condition_spec"):
            config.pop(name)
        if self.estimator is not None:
            config["estimator"] = keras.saving.serialize_keras_object(self.estimator)
        return {
            **config,
            "num_bits": self.num_bits,
            "hidden_units": self.hidden_units,
            "activation": self.activation,
        }


def _check_estimator(estimator):
    gradient = getattr(estimator, "gradient", None)
    if gradient in ("pathwise", "dreg") and estimator.proposal == "posterior":
        raise refusal(
            "No gradient passes a bit: the gradient is score or score_baseline. "
            f"Received: {gradient!r}."
        )
