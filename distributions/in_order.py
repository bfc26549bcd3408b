"""A distribution that is known by what it scores and how it draws."""

from collections.abc import Callable, Sequence

import tensorflow as tf
import tensorflow_probability as tfp

tfd = tfp.distributions


class InOrder(tfd.Distribution):
    """A product of conditionals, `p(x) = prod_i p(x_i | x_1 .. x_(i-1))`.

    The functions that score a whole event at once, and draw it position by position,
    are given: `tfd.Autoregressive` would call a network once for each position.

    Args:
        log_prob_fn: callable from `[N, *event]` to `[N]`. With a batch, row `i` is
            scored under batch member `i mod B`.
        sample_fn: callable from a number `N` and a seed `[2]` to `[N, *event]`, with
            a batch in the same order. Give new function objects to each distribution.
        event_shape: sequence of int.
        batch_shape: sequence of ints or int tensors, of the product `B`.
        dtype: of the events.
        name: str.

    Example:
    >>> coin = tfd.Sample(tfd.Bernoulli(probs=0.5, dtype=tf.float32), [3])
    >>> p = InOrder(
    ...     coin.log_prob, lambda n, seed: coin.sample(n, seed=seed), (3,)
    ... )
    >>> p.sample(4, seed=(0, 1)).shape, p.log_prob(tf.ones([3])).numpy().round(3)
    (TensorShape([4, 3]), np.float32(-2.079))
    """

    def __init__(
        self,
        log_prob_fn: Callable,
        sample_fn: Callable,
        event_shape: Sequence[int],
        *,
        batch_shape: Sequence = (),
        dtype=tf.float32,
        name: str = "InOrder",
    ):
        parameters = dict(locals())
        self._log_prob_fn = log_prob_fn
        self._sample_fn = sample_fn
        self._event = tuple(event_shape)
        self._batch = list(batch_shape)
        super().__init__(
            dtype=tf.as_dtype(dtype),
            reparameterization_type=tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=False,
            parameters=parameters,
            name=name,
        )

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {}

    def _event_shape(self):
        return tf.TensorShape(self._event)

    def _event_shape_tensor(self):
        return tf.constant(self._event, tf.int32)

    def _batch_shape(self):
        return tf.TensorShape([tf.get_static_value(size) for size in self._batch])

    def _batch_shape_tensor(self):
        return tf.convert_to_tensor(self._batch, tf.int32)

    def _log_prob(self, x):
        event = tf.shape(x)[tf.rank(x) - len(self._event) :]
        lead = tf.shape(x)[: tf.rank(x) - len(self._event)]
        if self._batch:
            lead = tf.broadcast_dynamic_shape(lead, self.batch_shape_tensor())
            x = tf.broadcast_to(x, tf.concat([lead, event], axis=0))
        flat = self._log_prob_fn(tf.reshape(x, [-1, *self._event]))
        return tf.reshape(flat, lead)

    def _sample_n(self, n, seed=None):
        seed = tfp.random.sanitize_seed(seed)
        batch = self.batch_shape_tensor()
        total = n * tf.reduce_prod(batch)
        x = self._sample_fn(total, seed)
        return tf.reshape(x, tf.concat([[n], batch, self._event], axis=0))
