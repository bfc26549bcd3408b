"""Symbols as vectors, with their places if these matter."""

import keras
import tensorflow as tf

from .causal_layer import CausalLayer


@keras.saving.register_keras_serializable(package="genkeras")
class TokenEmbedding(CausalLayer):
    """Looks up a vector for each symbol: `y_t = E[x_t]`.

    Args:
        num_tokens: int. How many symbols there are.
        units: int. Width of the vectors.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, T, 1]` whole numbers, of any dtype that holds them.
        context: ignored.

    Returns:
        `[B, T, units]` floats.

    Example:
    >>> TokenEmbedding(65, 8)(tf.zeros([2, 5, 1])).shape
    TensorShape([2, 5, 8])
    """

    def __init__(self, num_tokens: int, units: int, **kwargs):
        # No cast: half precision does not hold all symbols.
        super().__init__(autocast=False, **kwargs)
        self.num_tokens = num_tokens
        self.units = units

    def build(self, x_shape=None, context_shape=None):
        self.table = self.add_weight(
            (self.num_tokens, self.units), "uniform", name="table", autocast=False
        )

    def _look_up(self, x):
        tokens = tf.cast(x[..., 0], tf.int32)
        return self.cast(tf.gather(tf.convert_to_tensor(self.table), tokens))

    def call(self, x, context=None):
        return self._look_up(x)

    def init_cache(self, batch_size):
        return ()

    def step(self, x, cache, position, context=None):
        return self._look_up(x), cache

    def compute_output_shape(self, x_shape, context_shape=None):
        return (*x_shape[:-1], self.units)

    def get_config(self):
        config = super().get_config()
        config.pop("autocast", None)
        return {**config, "num_tokens": self.num_tokens, "units": self.units}
