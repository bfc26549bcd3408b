"""A transform of each feature, steered by the features before it."""

from collections.abc import Callable

import tensorflow as tf
import tensorflow_probability as tfp

tfb = tfp.bijectors


class AutoregressiveTransform(tfb.Bijector):
    """Transforms each feature by a function of the features before it.

        y_i = g_i(x_i),  g = transformer_fn(y),  g_i a function of y_j, j before i

    The inverse is one call of `transformer_fn`, and so is the log-determinant; one
    after the other they share it. The forward direction is `solve_fn`'s, which can be
    far faster than the `D` calls that `tfb.MaskedAutoregressiveFlow` makes.

    Args:
        transformer_fn: callable from `[..., D]` to a bijector that acts entry by
            entry. Give a new function object to each bijector, since TFP's cache is
            keyed by it.
        solve_fn: callable from `x` to the `y` of the formula and the transformer of
            that `y`, or None where it is not at hand.
        name: str.

    Example:
    >>> def shift_by_the_one_before(y):
    ...     return tfb.Shift(tf.roll(y, 1, axis=-1) * [0.0, 1.0, 1.0])
    >>> flow = AutoregressiveTransform(
    ...     shift_by_the_one_before, lambda x: (tf.cumsum(x, axis=-1), None)
    ... )
    >>> flow.inverse(tf.constant([1.0, 3.0, 6.0])).numpy()
    array([1., 2., 3.], dtype=float32)

    Reference:
        Papamakarios et al., 2017, section 3.1, https://arxiv.org/abs/1705.07057
    """

    def __init__(
        self,
        transformer_fn: Callable[[tf.Tensor], tfb.Bijector],
        solve_fn: Callable[[tf.Tensor], tuple[tf.Tensor, tfb.Bijector | None]],
        name: str = "autoregressive_transform",
    ):
        parameters = dict(locals())
        self._transformer_fn = transformer_fn
        self._solve_fn = solve_fn
        self._last, self._made = None, None
        super().__init__(forward_min_event_ndims=1, parameters=parameters, name=name)

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {}

    def _forward(self, x):
        y, transformer = self._solve_fn(x)
        if transformer is not None:
            self._last, self._made = y, transformer
        return y

    def _inverse(self, y):
        return self._transformer(y).inverse(y)

    # TFP takes the forward one from this, at the image it has kept.
    def _inverse_log_det_jacobian(self, y):
        return self._transformer(y).inverse_log_det_jacobian(y, 1)

    def _transformer(self, y):
        if self._last is not y:
            self._last, self._made = y, self._transformer_fn(y)
        return self._made
