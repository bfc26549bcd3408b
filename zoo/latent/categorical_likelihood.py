"""Levels, each with a probability of its own."""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from .likelihood import Likelihood

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="genkeras")
class CategoricalLikelihood(Likelihood):
    """`x ~ Categorical(softmax(parameters))`, of any levels, in order or not.

    The decoder gives `L` channels for each of the data's.

    Example:
    >>> layer = CategoricalLikelihood()
    >>> layer.parameter_shape((3,), 4)
    (12,)
    >>> p = layer.distribution(tf.zeros([2, 12]), num_levels=4)
    >>> p.batch_shape, layer.mean(p).numpy()[0]
    (TensorShape([2, 3]), array([1.5, 1.5, 1.5], dtype=float32))
    """

    takes_levels = True

    def parameter_shape(self, event_shape, num_levels=None):
        return (*event_shape[:-1], event_shape[-1] * num_levels)

    def distribution(self, parameters, num_levels=None):
        split = [parameters.shape[-1] // num_levels, num_levels]
        shape = tf.concat([tf.shape(parameters)[:-1], split], axis=0)
        logits = tf.reshape(parameters, shape)
        logits = tf.ensure_shape(logits, [*parameters.shape[:-1], *split])
        return tfd.Categorical(logits=logits, dtype=parameters.dtype)

    def mean(self, p):
        probs = p.probs_parameter()
        levels = tf.range(probs.shape[-1], dtype=probs.dtype)
        return tf.reduce_sum(probs * levels, axis=-1)
