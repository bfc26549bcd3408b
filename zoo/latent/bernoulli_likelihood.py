"""Bits, or probabilities in between."""

import keras
import tensorflow_probability as tfp

from .likelihood import Likelihood

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="genkeras")
class BernoulliLikelihood(Likelihood):
    """`x ~ Bernoulli(sigmoid(parameters))`, of data in `[0, 1]`.

    Example:
    >>> BernoulliLikelihood().distribution(tf.zeros([2, 3])).log_prob(1.0).shape
    TensorShape([2, 3])
    """

    value_range = (0.0, 1.0)

    def distribution(self, parameters, num_levels=None):
        return tfd.Bernoulli(logits=parameters, dtype=parameters.dtype)
