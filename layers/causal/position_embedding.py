"""Where a position is, and what all positions are conditioned on."""

import keras
import tensorflow as tf

from .causal_layer import CausalLayer


@keras.saving.register_keras_serializable(package="genkeras")
class PositionEmbedding(CausalLayer):
    """Adds a learned vector for each place, and one made of the context.

        y_t = x_t + P[t] + W context

    Args:
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, T, C]` floats, `T` at most what the layer was built with.
        context: None, or `[B, D]` floats.

    Returns:
        `[B, T, C]` floats.

    Example:
    >>> PositionEmbedding()(tf.zeros([2, 5, 8])).shape
    TensorShape([2, 5, 8])
    """

    def build(self, x_shape, context_shape=None):
        self.table = self.add_weight(x_shape[1:], "uniform", name="table")
        self.project = None
        if context_shape is not None:
            self.project = keras.layers.Dense(x_shape[-1], dtype=self.dtype_policy)
            self.project.build(context_shape)

    def call(self, x, context=None):
        y = self.cast(x) + self.cast(self.table)[: tf.shape(x)[1]]
        return y if self.project is None else y + self.project(context)[:, None]

    def init_cache(self, batch_size):
        return ()

    def step(self, x, cache, position, context=None):
        y = self.cast(x) + self.cast(self.table)[position]
        return (y if self.project is None else y + self.project(context)), cache

    def compute_output_shape(self, x_shape, context_shape=None):
        return x_shape
