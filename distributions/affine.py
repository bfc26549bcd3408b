"""A shift and a positive scale for every entry."""

import tensorflow as tf
import tensorflow_probability as tfp

tfb = tfp.bijectors


class Affine(tfb.Bijector):
    """Computes `y = exp(log_scale) * x + shift`, entry by entry.

    One object where TFP takes a chain of three: half the nodes, and half the time to
    trace, in flows that make one for every layer.

    Args:
        shift: floats that broadcast with the input.
        log_scale: floats that broadcast with the input.
        name: str.

    Example:
    >>> Affine(shift=1.0, log_scale=0.0).forward([2.0, 3.0]).numpy()
    array([3., 4.], dtype=float32)
    """

    def __init__(self, shift, log_scale, name: str = "affine"):
        parameters = dict(locals())
        self._shift = tf.convert_to_tensor(shift)
        self._log_scale = tf.convert_to_tensor(log_scale)
        super().__init__(
            forward_min_event_ndims=0,
            is_constant_jacobian=True,
            dtype=self._shift.dtype,
            parameters=parameters,
            name=name,
        )

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        scalar = tfp.util.ParameterProperties()
        return {"shift": scalar, "log_scale": scalar}

    @property
    def _is_increasing(self):
        return True

    def _forward(self, x):
        return tf.exp(self._log_scale) * x + self._shift

    def _inverse(self, y):
        return (y - self._shift) * tf.exp(-self._log_scale)

    def _forward_log_det_jacobian(self, x):
        return self._log_scale
