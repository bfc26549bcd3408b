"""The distribution function of a mixture of logistics, on the logit scale."""

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from .newton_polish import newton_polish

tfb = tfp.bijectors

# Enough for bisection alone to reach float64's spacing; Newton needs about six.
_MAX_STEPS = 100


class LogisticMixtureCDF(tfb.Bijector):
    """Maps the real line to itself by the logit of a mixture's distribution function.

        y = logit(F(x)),   F(x) = sum_k p_k sigmoid((x - loc_k) exp(-log_scale_k))

    The transform of Flow++, with its inverse sigmoid taken in log space: `log F` and
    `log(1 - F)` keep their digits where `F` itself rounds to 0 or 1. One component at
    0 with scale 1 is the identity.

    The inverse is searched within the quantiles of the single components, between
    which it always lies, by Newton steps that fall back on bisection. Its derivatives,
    by the implicit function theorem, do not pass through the search.

    Args:
        logits: `[..., K]` floats: the log weights of the components, up to a constant.
            The batch axes broadcast with the input.
        loc: `[..., K]` floats.
        log_scale: `[..., K]` floats.
        name: str.

    Example:
    >>> mixture = LogisticMixtureCDF([0.0, 0.0], [-4.0, 4.0], [-1.0, 0.0])
    >>> mixture.inverse(mixture.forward([-60.0, 1.0, 80.0])).numpy().round(3)
    array([-60.,   1.,  80.], dtype=float32)

    Reference:
        Ho et al., 2019, section 3.2, https://arxiv.org/abs/1902.00275
    """

    def __init__(self, logits, loc, log_scale, name: str = "logistic_mixture_cdf"):
        parameters = dict(locals())
        self._logits = tf.convert_to_tensor(logits)
        self._loc = tf.convert_to_tensor(loc)
        self._log_scale = tf.convert_to_tensor(log_scale)
        super().__init__(
            forward_min_event_ndims=0,
            dtype=self._loc.dtype,
            parameters=parameters,
            name=name,
        )

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        vector = tfp.util.ParameterProperties(event_ndims=1)
        return {"logits": vector, "loc": vector, "log_scale": vector}

    @property
    def _is_increasing(self):
        return True

    def _forward(self, x):
        return self._value_and_log_slope(x)[0]

    def _forward_log_det_jacobian(self, x):
        return self._value_and_log_slope(x)[1]

    def _inverse(self, y):
        root = self._search(tf.stop_gradient(y))

        def function_and_slope(x):
            value, log_slope = self._value_and_log_slope(x)
            return value, tf.exp(log_slope)

        return newton_polish(function_and_slope, root, y)

    def _value_and_log_slope(self, x):
        u = (x[..., None] - self._loc) * tf.exp(-self._log_scale)  # [..., K]
        log_weight = tf.nn.log_softmax(self._logits)
        below, above = tf.math.log_sigmoid(u), tf.math.log_sigmoid(-u)
        log_below = tf.reduce_logsumexp(log_weight + below, axis=-1)  # log F
        log_above = tf.reduce_logsumexp(log_weight + above, axis=-1)  # log(1 - F)
        # A logistic's density is sigmoid(u) sigmoid(-u) / scale.
        log_density = tf.reduce_logsumexp(
            log_weight + below + above - self._log_scale, axis=-1
        )
        return log_below - log_above, log_density - log_below - log_above

    def _search(self, y):
        """Newton's method in a bracket; bisection wherever a step does not halve."""
        quantiles = self._loc + tf.exp(self._log_scale) * y[..., None]
        low, high = (
            tf.stop_gradient(f(quantiles, axis=-1))
            for f in (tf.reduce_min, tf.reduce_max)
        )

        def unfinished(x, low, high, last):
            return tf.reduce_any(last > _tolerance(x))

        def step(x, low, high, last):
            value, log_slope = self._value_and_log_slope(x)
            low, high = tf.where(value < y, x, low), tf.where(value < y, high, x)
            newton = x - (value - y) * tf.exp(-log_slope)
            good = (newton >= low) & (newton <= high)
            good &= tf.abs(newton - x) < 0.5 * last
            following = tf.where(good, newton, 0.5 * (low + high))
            following = tf.where(last > _tolerance(x), following, x)
            return following, low, high, tf.abs(following - x)

        x, *_ = tf.while_loop(
            unfinished,
            step,
            (0.5 * (low + high), low, high, high - low),
            maximum_iterations=_MAX_STEPS,
        )
        return tf.stop_gradient(x)


def _tolerance(x):
    return 4.0 * float(np.finfo(x.dtype.as_numpy_dtype).eps) * (1.0 + tf.abs(x))
