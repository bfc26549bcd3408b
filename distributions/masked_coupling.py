"""A coupling whose two parts lie interleaved, such as the fields of a checkerboard."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from .joint_bijector import JointBijector

tfb = tfp.bijectors


class MaskedCoupling(JointBijector):
    """Keeps the entries under a mask and moves the others, given the kept ones.

        y = where(mask, x, g(x)),   g = transformer_fn(where(mask, x, 0))

    The event is `[H, W, C]`, and `log|det| = sum over ~mask of log|g'(x)|`.

    Args:
        mask: bool array that broadcasts to `[H, W, C]`: True where `y = x`.
        transformer_fn: callable from `[B, H, W, C]` to a bijector of such images that
            acts entry by entry. Give a new function object to each bijector, since
            TFP's cache is keyed by it.
        name: str.

    Example:
    >>> shift = lambda given: tfp.bijectors.Shift(given[..., ::-1])
    >>> coupling = MaskedCoupling(np.array([True, False]), shift)
    >>> coupling.forward([[[2.0, 3.0]]]).numpy()
    array([[[2., 5.]]], dtype=float32)

    Reference:
        Dinh et al., 2017, section 3.4, https://arxiv.org/abs/1605.08803
    """

    def __init__(
        self,
        mask: np.ndarray,
        transformer_fn: Callable[[tf.Tensor], tfb.Bijector],
        name: str = "masked_coupling",
    ):
        parameters = dict(locals())  # every argument: TFP keys its cache on them
        self.mask = mask
        self.transformer_fn = transformer_fn
        super().__init__(forward_min_event_ndims=3, parameters=parameters, name=name)

    def _given(self, x):
        return tf.where(self.mask, x, tf.zeros_like(x))

    def _forward_and_log_det(self, x):
        moved = self.transformer_fn(self._given(x))
        y = tf.where(self.mask, x, moved.forward(x))
        return y, self._sum(moved.forward_log_det_jacobian(x, 0), x)

    def _inverse_and_log_det(self, y):
        moved = self.transformer_fn(self._given(y))
        x = tf.where(self.mask, y, moved.inverse(y))
        return x, self._sum(moved.inverse_log_det_jacobian(y, 0), y)

    def _sum(self, log_slopes, like):
        # A constant log-slope comes as a scalar.
        log_slopes = tf.where(self.mask, tf.zeros_like(like), log_slopes)
        return tf.reduce_sum(log_slopes, axis=[-3, -2, -1])
