"""A probability for every level."""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from .output_head import OutputHead, mixture_component

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="genkeras")
class CategoricalHead(OutputHead):
    """Levels or symbols: `P(x = k) = softmax(l)_k`.

    The channels of a position come one after another. Logits of a later one get the
    rows of a learned table that the earlier ones pick:

        l_c = params_c + sum_(b < c) T_bc[x_b]

    Args:
        num_levels: int. How many levels or symbols there are.
        **kwargs: passed on to `keras.layers.Layer`.

    Example:
    >>> head = CategoricalHead(256)
    >>> head.params_size(3)
    768
    """

    options = ("temperature", "top_k", "top_p")

    def __init__(self, num_levels: int, **kwargs):
        super().__init__(**kwargs)
        self.num_levels = num_levels

    def build(self, params_shape, x_shape):
        channels = x_shape[-1]
        size = self.num_levels
        self.tables = [
            self.add_weight((c * size, size), "zeros", name=f"table_{c}")
            for c in range(1, channels)
        ]

    def params_size(self, channels):
        return channels * self.num_levels

    def _logits(self, params):
        shape = tf.concat([tf.shape(params)[:-1], [-1, self.num_levels]], axis=0)
        return tf.reshape(params, shape)  # [..., C, levels]

    def _link(self, channel, earlier):
        """What the earlier channels, a list of `[...]` levels, add to the logits."""
        table = tf.cast(self.tables[channel - 1], self.variable_dtype)
        rows = [
            tf.gather(table, tf.cast(x, tf.int32) + i * self.num_levels)
            for i, x in enumerate(earlier)
        ]
        return tf.add_n(rows)

    def distribution(self, params, x):
        logits = self._logits(params)
        if self.tables:
            x = tf.unstack(x, axis=-1)
            own = tf.unstack(logits, num=len(x), axis=-2)
            linked = [own[c] + self._link(c, x[:c]) for c in range(1, len(x))]
            logits = tf.stack([own[0], *linked], axis=-2)
        levels = tfd.Categorical(logits=logits, dtype=params.dtype)
        return tfd.Independent(levels, reinterpreted_batch_ndims=1)

    def draw(self, params, noise, *, temperature=1.0, top_k=None, top_p=None):
        logits, drawn = self._logits(params), []
        for c in range(len(self.tables) + 1):
            own = logits[:, c]
            if c:
                own += self._link(c, drawn)
            own = _likeliest(own / temperature, top_k, top_p)
            level = mixture_component(own, noise[:, c])
            drawn.append(tf.cast(level, params.dtype))
        return tf.stack(drawn, axis=-1)

    def get_config(self):
        return {**super().get_config(), "num_levels": self.num_levels}


def _likeliest(logits, top_k, top_p):
    """Logits with those that are not drawn from at minus infinity."""
    never = tf.constant(-1e9, logits.dtype)
    if top_k is not None:
        least = tf.math.top_k(logits, min(top_k, logits.shape[-1]))[0][..., -1:]
        logits = tf.where(logits < least, never, logits)
    if top_p is not None:
        ranked = tf.sort(logits, axis=-1, direction="DESCENDING")
        before = tf.cumsum(tf.nn.softmax(ranked), axis=-1, exclusive=True)
        # The last that is needed to reach the share; the first is always kept.
        kept = tf.reduce_sum(tf.cast(before < top_p, tf.int32), axis=-1, keepdims=True)
        least = tf.gather(ranked, tf.maximum(kept, 1) - 1, batch_dims=1)
        logits = tf.where(logits < least, never, logits)
    return logits
