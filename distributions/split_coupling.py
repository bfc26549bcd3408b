"""A coupling between the first and the last channels."""

from collections.abc import Callable

import tensorflow as tf
import tensorflow_probability as tfp

from .joint_bijector import JointBijector

tfb = tfp.bijectors


class SplitCoupling(JointBijector):
    """Moves one run of the last axis, given the other and all their neighbours.

        y_a = x_a,  y_b = g(x_b),   g = bijector_fn(x_a)

    What `tfb.RealNVP` does, for images: the event is `[H, W, C]`, so `g` may look at
    the whole of `x_a`; and its network runs once for a value and its log-determinant,
    not twice.

    Args:
        num_given: int. How many of the first channels condition the others; if
            negative, how many of the last.
        bijector_fn: function of `[B, H, W, given]` floats that returns a scalar
            bijector with parameters of shape `[B, H, W, moved]`. A fresh closure each
            time: TFP's cache is keyed on it.

    Example:
    >>> coupling = SplitCoupling(-1, lambda given: tfp.bijectors.Scale(given))
    >>> coupling.forward([[[2.0, 3.0]]]).numpy()
    array([[[6., 3.]]], dtype=float32)

    Reference:
        Dinh et al., 2017, section 3.4, https://arxiv.org/abs/1605.08803
    """

    def __init__(
        self,
        num_given: int,
        bijector_fn: Callable[[tf.Tensor], tfb.Bijector],
        name: str = "split_coupling",
    ):
        parameters = dict(locals())  # every argument: TFP keys its cache on them
        self.num_given = num_given
        self.bijector_fn = bijector_fn
        super().__init__(forward_min_event_ndims=3, parameters=parameters, name=name)

    def _split(self, x):
        first, last = x[..., : self.num_given], x[..., self.num_given :]
        return (first, last) if self.num_given > 0 else (last, first)

    def _merge(self, given, moved):
        parts = [given, moved] if self.num_given > 0 else [moved, given]
        return tf.concat(parts, axis=-1)

    def _forward_and_log_det(self, x):
        given, moved = self._split(x)
        transform = self.bijector_fn(given)
        log_slopes = transform.forward_log_det_jacobian(moved, 0)
        return self._merge(given, transform.forward(moved)), _sum(log_slopes, moved)

    def _inverse_and_log_det(self, y):
        given, moved = self._split(y)
        transform = self.bijector_fn(given)
        log_slopes = transform.inverse_log_det_jacobian(moved, 0)
        return self._merge(given, transform.inverse(moved)), _sum(log_slopes, moved)


def _sum(log_slopes, like):
    # A constant log-slope comes as a scalar.
    return tf.reduce_sum(log_slopes + tf.zeros_like(like), axis=[-3, -2, -1])
