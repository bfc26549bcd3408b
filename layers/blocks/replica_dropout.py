"""Dropout that differs between replicas."""

import keras
import tensorflow as tf

from ..replicas import fold_in_replica


@keras.saving.register_keras_serializable(package="genkeras")
class ReplicaDropout(keras.layers.Layer):
    """In training sets a share of its inputs to 0, and scales the others up.

    Keras's `Dropout` drops the same entries on every replica of a strategy.

    Args:
        rate: float in [0, 1).
        seed: None or int. Where the seed generator starts.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: floats of any shape.
        training: bool.

    Returns:
        Floats of the same shape.

    Example:
    >>> layer = ReplicaDropout(0.5, seed=0)
    >>> sorted(set(layer(tf.ones([100]), training=True).numpy().tolist()))
    [0.0, 2.0]
    """

    def __init__(self, rate: float, *, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.built = True

    def call(self, x, *, training=False):
        if not training or not self.rate:
            return x
        seed = fold_in_replica(tf.cast(self.seed_generator.next(), tf.int32))
        noise = tf.random.stateless_uniform(tf.shape(x), seed, alg="philox")
        kept = tf.cast(noise >= self.rate, x.dtype)
        return x * kept / tf.cast(1.0 - self.rate, x.dtype)

    def compute_output_shape(self, x_shape):
        return x_shape

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
