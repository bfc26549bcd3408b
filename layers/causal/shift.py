"""Each position sees the one before it."""

import keras
import tensorflow as tf

from .causal_layer import CausalLayer


@keras.saving.register_keras_serializable(package="genkeras")
class Shift(CausalLayer):
    """Moves a sequence on by one position: `y_t = x_(t-1)`, and zeros at the start.

    Before layers that see themselves it makes a stack that does not.

    Call arguments:
        x: `[B, T, C]` floats.
        context: ignored.

    Returns:
        `[B, T, C]` floats.

    Example:
    >>> Shift()(tf.ones([1, 3, 1]))[0, :, 0].numpy()
    array([0., 1., 1.], dtype=float32)
    """

    def build(self, x_shape, context_shape=None):
        self.channels = x_shape[-1]

    def call(self, x, context=None):
        return tf.pad(x, [[0, 0], [1, 0], [0, 0]])[:, :-1]

    @property
    def sees_itself(self):
        return False

    def init_cache(self, batch_size):
        return self.zeros(batch_size, self.channels)

    def step(self, x, cache, position, context=None):
        return cache, cache

    def remember(self, x, cache, position, context=None):
        return self.cast(x)

    def compute_output_shape(self, x_shape, context_shape=None):
        return x_shape
