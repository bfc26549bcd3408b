"""Recurrent layers, whole or step by step."""

import keras
import tensorflow as tf

from .causal_layer import CausalLayer


@keras.saving.register_keras_serializable(package="genkeras")
class CausalRecurrence(CausalLayer):
    """An LSTM or a GRU, as Keras has them, whose state is the cache.

    Args:
        units: int. Width of the state.
        kind: "lstm" or "gru".
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, T, C]` floats.
        context: None, or `[B, D]` floats, which the input of each step is joined to.

    Returns:
        `[B, T, units]` floats.

    Example:
    >>> CausalRecurrence(8, kind="gru")(tf.zeros([2, 5, 3])).shape
    TensorShape([2, 5, 8])

    Reference:
        Hochreiter and Schmidhuber, 1997, https://doi.org/10.1162/neco.1997.9.8.1735
    """

    def __init__(self, units: int, *, kind: str = "lstm", **kwargs):
        super().__init__(**kwargs)
        if kind not in ("lstm", "gru"):
            raise ValueError(
                f"CausalRecurrence takes kind='lstm' or 'gru'. Received: kind={kind!r}."
            )
        self.units = units
        self.kind = kind
        layer = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[kind]
        self.recurrent = layer(units, return_sequences=True, dtype=self.dtype_policy)

    def build(self, x_shape, context_shape=None):
        width = x_shape[-1] + (0 if context_shape is None else context_shape[-1])
        self.conditional = context_shape is not None
        if not self.recurrent.built:
            self.recurrent.build((*x_shape[:-1], width))

    def call(self, x, context=None):
        if self.conditional:
            shape = [1, tf.shape(x)[1], 1]
            every = tf.tile(self.cast(context)[:, None], shape)
            x = tf.concat([self.cast(x), every], axis=-1)
        return self.recurrent(x)

    def init_cache(self, batch_size):
        count = 2 if self.kind == "lstm" else 1
        return [self.zeros(batch_size, self.units) for _ in range(count)]

    def step(self, x, cache, position, context=None):
        if self.conditional:
            x = tf.concat([self.cast(x), self.cast(context)], axis=-1)
        y, cache = self.recurrent.cell(x, list(cache))
        return y, list(cache)

    def compute_output_shape(self, x_shape, context_shape=None):
        return (*x_shape[:-1], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "kind": self.kind}
