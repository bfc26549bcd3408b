"""Real numbers with noise of one learned size."""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from .likelihood import Likelihood

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="genkeras")
class NormalLikelihood(Likelihood):
    """`x ~ Normal(parameters, s)`, with a scale that is learned.

    The best scale is the root of the mean squared error, which the model finds by
    itself: a fixed scale of 1 would weigh images of range 1 as all noise.

    Args:
        per_dimension: bool. Whether each number of an event has a scale of its own, or
            all share one.
        min_stddev: float. The floor of the scale.
        **kwargs: passed on.

    Example:
    >>> layer = NormalLikelihood()
    >>> layer.build((3,))
    >>> layer.distribution(tf.zeros([2, 3])).stddev().numpy()[0].round(4)
    array([1.001, 1.001, 1.001], dtype=float32)
    """

    def __init__(
        self, *, per_dimension: bool = False, min_stddev: float = 1e-3, **kwargs
    ):
        super().__init__(**kwargs)
        self.per_dimension = per_dimension
        self.min_stddev = min_stddev

    def build(self, event_shape):
        self.raw_stddev = self.add_weight(
            shape=tuple(event_shape) if self.per_dimension else (),
            initializer=keras.initializers.Constant(0.5413),  # softplus makes it 1
            autocast=False,
            name="raw_stddev",
        )

    def distribution(self, parameters, num_levels=None):
        raw = tf.convert_to_tensor(self.raw_stddev)
        scale = tf.nn.softplus(raw) + self.min_stddev
        scale = tf.cast(scale, parameters.dtype)
        return tfd.Normal(parameters, scale * tf.ones_like(parameters))

    def get_config(self):
        return {
            **super().get_config(),
            "per_dimension": self.per_dimension,
            "min_stddev": self.min_stddev,
        }
