"""A transform of one part of the features, steered by the other."""

from collections.abc import Callable

import tensorflow as tf
import tensorflow_probability as tfp

tfb = tfp.bijectors


class SplitCoupling(tfb.Bijector):
    """Leaves one part of the last axis as it is, and transforms the other by it.

        y_a = x_a,  y_b = g(x_b),  g = transformer_fn(x_a)

    As `tfb.RealNVP`, but `transformer_fn`, which runs the network, is called once for
    the transform and its log-determinant together. TFP calls it for each, and neither
    TensorFlow's optimizer nor the tape merges the two: training takes twice the time.

    Args:
        num_given: int. How many features are left as they are: the first ones, or the
            last ones if negative.
        transformer_fn: callable from `[..., given]` to a bijector of the others that
            acts entry by entry. Give a new function object to each bijector, since
            TFP's cache is keyed by it.
        name: str.

    Example:
    >>> coupling = SplitCoupling(1, lambda given: tfb.Shift(10.0 * given))
    >>> coupling.forward([[1.0, 2.0, 3.0]]).numpy()
    array([[ 1., 12., 13.]], dtype=float32)

    Reference:
        Dinh et al., 2017, section 3.2, https://arxiv.org/abs/1605.08803
    """

    def __init__(
        self,
        num_given: int,
        transformer_fn: Callable[[tf.Tensor], tfb.Bijector],
        name: str = "split_coupling",
    ):
        parameters = dict(locals())
        self._num_given = num_given
        self._transformer_fn = transformer_fn
        self._known, self._made = [], None
        super().__init__(forward_min_event_ndims=1, parameters=parameters, name=name)

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {}

    def _forward(self, x):
        given, moved = self._split(x)
        image = self._transformer(x, given).forward(moved)
        y = self._join(given, image)
        self._known = [(x, moved), (y, image)]
        return y

    def _inverse(self, y):
        given, moved = self._split(y)
        image = self._transformer(y, given).inverse(moved)
        x = self._join(given, image)
        self._known = [(y, moved), (x, image)]
        return x

    def _forward_log_det_jacobian(self, x):
        given, moved = self._split(x)
        transformer = self._transformer(x, given)
        return transformer.forward_log_det_jacobian(self._moved(x, moved), 1)

    def _inverse_log_det_jacobian(self, y):
        given, moved = self._split(y)
        transformer = self._transformer(y, given)
        return transformer.inverse_log_det_jacobian(self._moved(y, moved), 1)

    def _transformer(self, whole, given):
        """The transformer of one event, made once for it and for its image."""
        if not any(whole is known for known, _ in self._known):
            self._known = [(whole, None)]
            self._made = self._transformer_fn(given)
        return self._made

    def _moved(self, whole, moved):
        """The very tensor that the transformer has seen, so that it may know it."""
        for known, part in self._known:
            if known is whole and part is not None:
                return part
        return moved

    def _split(self, x):
        cut = self._num_given % x.shape[-1]
        first, second = x[..., :cut], x[..., cut:]
        return (second, first) if self._num_given < 0 else (first, second)

    def _join(self, given, moved):
        parts = (moved, given) if self._num_given < 0 else (given, moved)
        return tf.concat(parts, axis=-1)
