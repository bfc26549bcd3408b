"""A bijector whose value and log-determinant come out of one computation."""

import abc

import tensorflow_probability as tfp

tfb = tfp.bijectors


class JointBijector(tfb.Bijector, abc.ABC):
    """Runs a costly transform once where TFP asks for its value and its log-det.

    `log_prob` asks a bijector for the inverse and for the log-determinant there. Where
    both need the same network, as in a coupling, TFP's own classes run it twice, and
    TensorFlow does not merge the two: each reads the weights anew. A subclass
    returns both at once, and the log-determinant waits in TFP's cache.

    A subclass lists every argument in `parameters`, and one that changes with the
    weights reaches it as a fresh closure: TFP keys its cache on them.

    Example:
    >>> class Square(JointBijector):
    ...     def __init__(self):
    ...         super().__init__(forward_min_event_ndims=0, parameters={})
    ...     def _forward_and_log_det(self, x):
    ...         return x**2, tf.math.log(2.0 * x)
    ...     def _inverse_and_log_det(self, y):
    ...         return tf.sqrt(y), -tf.math.log(2.0 * tf.sqrt(y))
    >>> float(Square().inverse(9.0)), float(Square().forward_log_det_jacobian(0.5))
    (3.0, 0.0)
    """

    @abc.abstractmethod
    def _forward_and_log_det(self, x):
        """Returns `f(x)` and `log|det df/dx|`, at the minimum event rank."""

    @abc.abstractmethod
    def _inverse_and_log_det(self, y):
        """Returns `f^-1(y)` and `log|det df^-1/dy|`, at the minimum event rank."""

    # TFP keeps one log-det for a pair of points, always of the inverse.
    def _forward(self, x):
        y, fldj = self._forward_and_log_det(x)
        self._cache.forward_attributes(x)["ildj"] = -fldj
        return y

    def _inverse(self, y):
        x, ildj = self._inverse_and_log_det(y)
        self._cache.inverse_attributes(y)["ildj"] = ildj
        return x

    # Reached only where neither direction has been run at that point.
    def _forward_log_det_jacobian(self, x):
        return self._forward_and_log_det(x)[1]

    def _inverse_log_det_jacobian(self, y):
        return self._inverse_and_log_det(y)[1]

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {}
