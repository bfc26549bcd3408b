"""Levels, as the bins of a logistic variable."""

import keras
import tensorflow as tf

from ...distributions import DiscretizedLogistic
from .likelihood import Likelihood, split_channels


@keras.saving.register_keras_serializable(package="genkeras")
class DiscretizedLogisticLikelihood(Likelihood):
    """Each level is a bin of a logistic variable: exact for photographs' levels.

        x ~ DiscretizedLogistic(loc, scale),   loc = (L - 1) (0.5 + 0.5 tanh(m))
            scale = (L - 1) / 2 * exp(s),   s from -7 up to 2

    The decoder gives twice as many channels as the data has: `m`, then `s`.

    Example:
    >>> layer = DiscretizedLogisticLikelihood()
    >>> layer.parameter_shape((8, 8, 3), 256)
    (8, 8, 6)
    >>> p = layer.distribution(tf.zeros([1, 2]), num_levels=4)
    >>> float(tf.reduce_sum(p.prob([[0.0], [1.0], [2.0], [3.0]])))
    1.0

    Reference:
        Kingma et al., 2016, section 5.2, https://arxiv.org/abs/1606.04934;
        Salimans et al., 2017, section 2.1, https://arxiv.org/abs/1701.05517
    """

    takes_levels = True

    def parameter_shape(self, event_shape, num_levels=None):
        return (*event_shape[:-1], 2 * event_shape[-1])

    def distribution(self, parameters, num_levels=None):
        raw_loc, raw_scale = split_channels(parameters, 2)
        half = (num_levels - 1) / 2.0
        loc = half * (1.0 + tf.tanh(raw_loc))
        # Starts a quarter of the range wide, and stays between bounds.
        log_scale = tf.clip_by_value(raw_scale - 1.4, -7.0, 2.0)
        return DiscretizedLogistic(loc, half * tf.exp(log_scale), num_levels)

    def mean(self, p):
        return p.loc
