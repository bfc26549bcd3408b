"""Activation normalization: an affine map per channel that starts from the data."""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from ..blocks import TrainingFlag
from ..replicas import global_moments, num_replicas
from .flow_layer import FlowLayer

tfb = tfp.bijectors

# A variance below this, of a channel of size 1, is rounding.
_NEGLIGIBLE = 1e-12


@keras.saving.register_keras_serializable(package="genkeras")
class ActNorm(FlowLayer):
    """Shifts and scales each channel, so that the first batch comes out normalized.

        y = exp(log_scale) * x + shift,   one scale and one shift per channel

    The first batch that passes from data to noise *in training* sets both weights, so
    that its `x` has mean 0 and variance 1 in each channel over the global batch, all
    replicas together. From then on they are trained as any others. That this has
    happened is a saved weight, `initialized`: neither loading nor another `fit` starts
    again. A channel that does not vary in the first batch keeps scale 1.

    The log-determinant is `sum(log_scale)`, times `H * W` for images. Takes no
    context and ignores one, so that it can stand in a conditional chain.

    Args:
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, D]` or `[B, H, W, C]` floats.
        context: ignored.

    Returns:
        Floats of the shape of `x`.

    Example:
    >>> class Normalized(keras.Model):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.act_norm = ActNorm()
    ...         self.act_norm.build((None, 2))
    ...     def call(self, y):
    ...         return self.act_norm.inverse(y)
    >>> y = tf.constant([[1.0, -30.0], [3.0, 50.0]])
    >>> Normalized()(y, training=True).numpy().round(3)
    array([[-1., -1.],
           [ 1.,  1.]], dtype=float32)

    Reference:
        Kingma and Dhariwal, 2018, section 3.1, https://arxiv.org/abs/1807.03039
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.is_training = TrainingFlag()

    def build(self, x_shape, context_shape=None):
        channels = x_shape[-1]
        self.input_spec = [
            keras.layers.InputSpec(ndim=len(x_shape), axes={-1: channels})
        ]
        # Every replica sets its own copy, to the same value. Full precision, always.
        same = {"aggregation": "only_first_replica", "autocast": False}
        self.shift = self.add_weight((channels,), "zeros", name="shift", **same)
        self.log_scale = self.add_weight((channels,), "zeros", name="log_scale", **same)
        self.initialized = self.add_weight(
            (), "zeros", dtype="bool", trainable=False, name="initialized", **same
        )

    def _bijector(self, context):
        # Emptied by the first of inverse and log-det: the other sees the new weights.
        pending = [self._initialize] if self.is_training() else []

        def log_scale_and_shift(y):
            if pending:
                pending.pop()(y)
            return [tf.convert_to_tensor(w) for w in (self.log_scale, self.shift)]

        def inverse(y):
            log_scale, shift = log_scale_and_shift(y)
            return (y - shift) * tf.exp(-log_scale)

        def inverse_log_det(y):
            return -log_scale_and_shift(y)[0]

        return tfb.Inline(
            forward_fn=lambda x: tf.exp(self.log_scale) * x + self.shift,
            inverse_fn=inverse,
            forward_log_det_jacobian_fn=lambda x: tf.convert_to_tensor(self.log_scale),
            inverse_log_det_jacobian_fn=inverse_log_det,
            forward_min_event_ndims=0,
            is_constant_jacobian=True,
            is_increasing=True,
            name="act_norm",
        )

    def _initialize(self, y):
        if num_replicas() > 1:
            self._start_from(y)  # replicas cannot meet inside a `tf.cond`
        else:
            tf.cond(self.initialized, lambda: False, lambda: self._start_from(y))

    def _start_from(self, y):
        """Sets the weights from `y`, unless that has been done."""
        mean, variance = global_moments(tf.stop_gradient(y))
        varies = variance > _NEGLIGIBLE * (1.0 + mean**2)
        log_scale = 0.5 * tf.math.log(tf.where(varies, variance, 1.0))
        done = tf.convert_to_tensor(self.initialized)
        self.shift.assign(tf.where(done, self.shift, mean))
        self.log_scale.assign(tf.where(done, self.log_scale, log_scale))
        self.initialized.assign(tf.ones_like(done))
        return True
