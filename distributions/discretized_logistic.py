"""A logistic variable that is rounded to levels."""

import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability.python.internal import parameter_properties

tfb = tfp.bijectors
tfd = tfp.distributions


class DiscretizedLogistic(tfd.Distribution):
    """Levels `0 .. num_levels - 1`: the bins of a logistic variable.

        P(k) = F(k + 1/2) - F(k - 1/2),  F(v) = sigmoid((v - loc) / scale)

    The first and the last level take what lies beyond them, so that the probabilities
    add up to 1. The difference of two sigmoids is computed as

        log(S(a) - S(b)) = log S(a) + log S(-b) + log(1 - e^(b - a)),  S = sigmoid

    which keeps its value and its gradient where both are almost 0, or almost 1.

    Args:
        loc: `[...]` floats, in levels.
        scale: `[...]` positive floats, in levels.
        num_levels: int.
        name: str.

    Example:
    >>> p = DiscretizedLogistic(loc=1.2, scale=0.5, num_levels=4)
    >>> round(float(tf.reduce_sum(p.prob(tf.range(4.0)))), 5)
    1.0

    Reference:
        Salimans et al., 2017, section 2.1, https://arxiv.org/abs/1701.05517
    """

    def __init__(self, loc, scale, num_levels: int, *, name="DiscretizedLogistic"):
        parameters = dict(locals())
        if num_levels < 2:
            raise ValueError(
                f"DiscretizedLogistic takes num_levels from 2 on. Received: "
                f"num_levels={num_levels}."
            )
        self.loc = tf.convert_to_tensor(loc)
        self.scale = tf.convert_to_tensor(scale, self.loc.dtype)
        self.num_levels = num_levels
        super().__init__(
            dtype=self.loc.dtype,
            reparameterization_type=tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=False,
            parameters=parameters,
            name=name,
        )

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {
            "loc": parameter_properties.ParameterProperties(),
            "scale": parameter_properties.ParameterProperties(
                default_constraining_bijector_fn=tfb.Softplus
            ),
            "num_levels": parameter_properties.ShapeParameterProperties(),
        }

    def _event_shape(self):
        return tf.TensorShape([])

    def _event_shape_tensor(self):
        return tf.constant([], tf.int32)

    def _log_prob(self, x):
        inverse = 1.0 / self.scale
        above = (x + 0.5 - self.loc) * inverse
        below = (x - 0.5 - self.loc) * inverse
        log_below = tf.math.log_sigmoid(above)  # log F of the upper edge
        log_above = tf.math.log_sigmoid(-below)  # log (1 - F) of the lower edge
        # `expm1` alone is right for every width: a wide bin adds log 1, and its
        # gradient is that of the exponential.
        width = tf.broadcast_to(inverse, tf.shape(above))
        between = log_below + log_above + tf.math.log(-tf.math.expm1(-width))
        inner = tf.where(x > self.num_levels - 1.5, log_above, between)
        values = tf.where(x < 0.5, log_below, inner)
        outside = (x < 0.0) | (x > self.num_levels - 1.0) | (x != tf.floor(x))
        return tf.where(outside, tf.constant(-float("inf"), self.dtype), values)

    def quantile_level(self, u):
        """Returns the level of a number that is uniform on (0, 1).

        Args:
            u: `[...]` floats.
        """
        tiny = 1e-6 if self.dtype == tf.float32 else 1e-12
        u = tf.clip_by_value(tf.cast(u, self.dtype), tiny, 1.0 - tiny)
        value = self.loc + self.scale * (tf.math.log(u) - tf.math.log1p(-u))
        return tf.clip_by_value(tf.round(value), 0.0, self.num_levels - 1.0)

    def _sample_n(self, n, seed=None):
        shape = tf.concat([[n], self.batch_shape_tensor()], axis=0)
        seed = tfp.random.sanitize_seed(seed)
        return self.quantile_level(
            tf.random.stateless_uniform(shape, seed, dtype=self.dtype)
        )
