"""A bijector that acts on some of the channels."""

import tensorflow as tf
import tensorflow_probability as tfp

from .joint_bijector import JointBijector

tfb = tfp.bijectors


class FirstChannels(JointBijector):
    """Applies a bijector of images to the first channels and keeps the others.

        y_a = f(x_a),  y_b = x_b

    The event is `[H, W, C]`.

    Args:
        bijector: a bijector of `[H, W, num_channels]` that keeps this shape.
        num_channels: int. How many channels it acts on.

    Example:
    >>> half = FirstChannels(tfp.bijectors.Scale(2.0), num_channels=1)
    >>> half.forward([[[1.0, 1.0]]]).numpy()
    array([[[2., 1.]]], dtype=float32)
    """

    def __init__(
        self, bijector: tfb.Bijector, num_channels: int, name: str = "first_channels"
    ):
        parameters = dict(locals())  # every argument: TFP keys its cache on them
        self.part = bijector
        self.num_channels = num_channels
        super().__init__(forward_min_event_ndims=3, parameters=parameters, name=name)

    def _forward_and_log_det(self, x):
        # One slice for both: TFP's cache knows a point by its identity.
        first, last = x[..., : self.num_channels], x[..., self.num_channels :]
        y = self.part.forward(first)
        log_det = self.part.forward_log_det_jacobian(first, 3)
        return tf.concat([y, last], axis=-1), log_det

    def _inverse_and_log_det(self, y):
        first, last = y[..., : self.num_channels], y[..., self.num_channels :]
        x = self.part.inverse(first)
        log_det = self.part.inverse_log_det_jacobian(first, 3)
        return tf.concat([x, last], axis=-1), log_det
