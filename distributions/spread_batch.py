"""Data spread over the batch of a distribution."""

from collections.abc import Sequence

import tensorflow as tf
import tensorflow_probability as tfp

tfb = tfp.bijectors


class SpreadBatch(tfb.Bijector):
    """Leaves events as they are, and repeats them over batch axes that they lack.

    TFP scores events of any batch shape that broadcasts to that of a distribution, as
    `tfd.MixtureSameFamily` asks of its components. A bijector whose network joins each
    event to a context of its own needs the axes in full.

    Args:
        batch_shape: sequence of ints or int tensors.
        event_ndims: int. How many axes an event has.
        name: str.

    Example:
    >>> SpreadBatch([3], 1).inverse(tf.zeros([5, 1, 2])).shape
    TensorShape([5, 3, 2])
    """

    def __init__(
        self, batch_shape: Sequence, event_ndims: int, name: str = "spread_batch"
    ):
        parameters = dict(locals())
        self._sizes = list(batch_shape)
        super().__init__(
            forward_min_event_ndims=event_ndims,
            is_constant_jacobian=True,
            parameters=parameters,
            name=name,
        )

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {}

    def _spread(self, x):
        first = x.shape.rank - self.forward_min_event_ndims
        given = x.shape[:first]
        wanted = [tf.get_static_value(size) for size in self._sizes]
        last = given[-len(wanted) :] if wanted else tf.TensorShape([])
        if None not in wanted and last == wanted:
            return x
        shape = tf.shape(x)
        sizes = tf.convert_to_tensor(self._sizes, tf.int32)
        batch = tf.broadcast_dynamic_shape(shape[:first], sizes)
        static = tf.broadcast_static_shape(given, tf.TensorShape(wanted))
        x = tf.broadcast_to(x, tf.concat([batch, shape[first:]], axis=0))
        return tf.ensure_shape(x, static + x.shape[static.rank :])

    def _forward(self, x):
        return self._spread(x)

    def _inverse(self, y):
        return self._spread(y)

    def _forward_log_det_jacobian(self, x):
        return tf.zeros([], x.dtype)
