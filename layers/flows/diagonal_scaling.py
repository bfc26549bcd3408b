"""A learned positive factor per entry."""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from .flow_layer import FlowLayer

tfb = tfp.bijectors


@keras.saving.register_keras_serializable(package="genkeras")
class DiagonalScaling(FlowLayer):
    """Computes `y = exp(log_scale) * x`, one weight for each entry of the event.

    The log-determinant is `sum(log_scale)`, the same for every `x`. Starts as the
    identity. Takes no context and ignores one, so that it can stand in a
    conditional chain.

    Args:
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, *event]` floats.
        context: ignored.

    Returns:
        `[B, *event]` floats.

    Example:
    >>> DiagonalScaling()(tf.ones([4, 3])).shape
    TensorShape([4, 3])

    Reference:
        Dinh et al., 2015, section 3.3, https://arxiv.org/abs/1410.8516
    """

    def build(self, x_shape, context_shape=None):
        event = tuple(x_shape[1:])
        self.input_spec = [keras.layers.InputSpec(shape=(None, *event))]
        self.log_scale = self.add_weight(
            shape=event, initializer="zeros", name="log_scale", autocast=False
        )

    def _bijector(self, context):
        return tfb.Inline(
            forward_fn=lambda x: x * tf.exp(self.log_scale),
            inverse_fn=lambda y: y * tf.exp(-self.log_scale),
            forward_log_det_jacobian_fn=lambda x: tf.convert_to_tensor(self.log_scale),
            inverse_log_det_jacobian_fn=lambda y: -self.log_scale,
            forward_min_event_ndims=0,
            is_constant_jacobian=True,
            is_increasing=True,
            name="diagonal_scaling",
        )
