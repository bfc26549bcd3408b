"""Two levels."""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from .output_head import OutputHead

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="genkeras")
class BernoulliHead(OutputHead):
    """Data of 0 and 1: `P(x = 1) = sigmoid(l)`; channels are independent.

    Example:
    >>> BernoulliHead().params_size(3)
    3
    """

    num_levels = 2

    def params_size(self, channels):
        return channels

    def distribution(self, params, x):
        # Floats, as the data is: integer events would be cast for each use.
        coins = tfd.Bernoulli(logits=params, dtype=params.dtype)
        return tfd.Independent(coins, reinterpreted_batch_ndims=1)

    def draw(self, params, noise, *, temperature=1.0, top_k=None, top_p=None):
        return tf.cast(noise < tf.sigmoid(params / temperature), params.dtype)
