"""A transform of one part of the last axis, steered by the other."""

from collections.abc import Callable

import tensorflow as tf
import tensorflow_probability as tfp

from .joint_bijector import JointBijector

tfb = tfp.bijectors


class SplitCoupling(JointBijector):
    """Leaves one part of the last axis as it is, and transforms the other by it.

        y_a = x_a,  y_b = g(x_b),  g = transformer_fn(x_a)

    As `tfb.RealNVP`, but `transformer_fn`, which runs the network, is called once for
    the transform and its log-determinant together. TFP calls it for each, and neither
    TensorFlow's optimizer nor the tape merges the two: training takes twice the time.
    And `g` may look at all of an event of higher rank, such as the channels `x_a` of
    every pixel.

    Args:
        num_given: int. How many features are left as they are: the first ones, or the
            last ones if negative.
        transformer_fn: callable from `[..., given]` to a bijector of the others that
            acts entry by entry. Give a new function object to each bijector, since
            TFP's cache is keyed by it.
        event_ndims: int. Rank of an event: 1 for vectors, 3 for images.
        name: str.

    Example:
    >>> coupling = SplitCoupling(1, lambda given: tfb.Shift(10.0 * given))
    >>> coupling.forward([[1.0, 2.0, 3.0]]).numpy()
    array([[ 1., 12., 13.]], dtype=float32)

    Reference:
        Dinh et al., 2017, sections 3.2 and 3.4, https://arxiv.org/abs/1605.08803
    """

    def __init__(
        self,
        num_given: int,
        transformer_fn: Callable[[tf.Tensor], tfb.Bijector],
        event_ndims: int = 1,
        name: str = "split_coupling",
    ):
        parameters = dict(locals())  # every argument: TFP keys its cache on them
        self._num_given = num_given
        self._transformer_fn = transformer_fn
        self._event_ndims = event_ndims
        super().__init__(
            forward_min_event_ndims=event_ndims, parameters=parameters, name=name
        )

    def _forward_and_log_det(self, x):
        given, moved = self._split(x)
        transformer = self._transformer_fn(given)
        log_slopes = transformer.forward_log_det_jacobian(moved, 0)
        y = self._join(given, transformer.forward(moved))
        return y, self._sum(log_slopes, moved)

    def _inverse_and_log_det(self, y):
        given, moved = self._split(y)
        transformer = self._transformer_fn(given)
        log_slopes = transformer.inverse_log_det_jacobian(moved, 0)
        x = self._join(given, transformer.inverse(moved))
        return x, self._sum(log_slopes, moved)

    def _split(self, x):
        cut = self._num_given % x.shape[-1]
        first, second = x[..., :cut], x[..., cut:]
        return (second, first) if self._num_given < 0 else (first, second)

    def _join(self, given, moved):
        parts = (moved, given) if self._num_given < 0 else (given, moved)
        return tf.concat(parts, axis=-1)

    def _sum(self, log_slopes, like):
        # A constant log-slope comes as a scalar.
        log_slopes = log_slopes + tf.zeros_like(like)
        return tf.reduce_sum(log_slopes, axis=list(range(-self._event_ndims, 0)))
