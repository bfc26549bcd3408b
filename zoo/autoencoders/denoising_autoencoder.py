"""The denoising autoencoder.

Reference:
    Vincent, Larochelle, Lajoie, Bengio and Manzagol, 2010, "Stacked Denoising
    Autoencoders", https://www.jmlr.org/papers/v11/vincent10a.html
"""

import keras
import tensorflow as tf

from .autoencoder import Autoencoder

NOISES = ("gaussian", "masking", "salt_and_pepper")


@keras.saving.register_keras_serializable(package="genkeras")
class DenoisingAutoencoder(Autoencoder):
    """An autoencoder that sees noise and is asked for what was below it.

        gaussian         x + level * e,   e ~ Normal(0, I), cut to the data's range
        masking          each dimension is 0 with probability `level`
        salt_and_pepper  each is, with probability `level`, the range's low or high end

    `fit` and `evaluate` corrupt, so that the metric `reconstruction` compares the clean
    data with what is made of noisy data; `reconstruct` takes what it is given.

    Args:
        *args: as for `Autoencoder`.
        noise: str. One of the three. Salt and pepper are 0 and 1.
        level: float. How much, not below 0; a probability of the last two.
        **kwargs: as for `Autoencoder`.

    Raises:
        ValueError: for another noise, a level out of range, or salt and pepper on data
            that has no range.

    Example:
    >>> model = DenoisingAutoencoder((6,), 2, noise="masking", level=0.5)
    >>> x = tf.ones([1000, 6])
    >>> round(float(tf.reduce_mean(model.corrupt(x, (0, 1)))), 1)
    0.5

    Reference:
        Vincent et al., 2010, section 4.3,
        https://www.jmlr.org/papers/v11/vincent10a.html
    """

    def __init__(self, *args, noise: str = "gaussian", level: float = 0.5, **kwargs):
        super().__init__(*args, **kwargs)
        if noise not in NOISES:
            raise ValueError(f"Noises are {', '.join(NOISES)}. Received: {noise!r}.")
        if level < 0.0 or (noise != "gaussian" and level > 1.0):
            raise ValueError(
                f"The level of {noise} noise lies in [0, "
                f"{'inf)' if noise == 'gaussian' else '1]'}. Received: level={level}."
            )
        if noise == "salt_and_pepper" and self.value_range is None:
            raise ValueError(
                "Salt and pepper are the ends of the data's range. Received: "
                f"error={self.error!r}, of data that has none."
            )
        self.noise = noise
        self.level = level
        self.build()

    def penalty(self, x, code, seed):
        return tf.zeros_like(code[:, 0])

    def corrupt(self, x, seed):
        """Returns `x` with noise: `[B, *event_shape]` both.

        Args:
            x: `[B, *event_shape]` floats.
            seed: pair of ints.
        """
        shape, level = tf.shape(x), tf.cast(self.level, x.dtype)
        if self.noise == "gaussian":
            noisy = x + level * tf.random.stateless_normal(shape, seed, dtype=x.dtype)
            if self.value_range is None:
                return noisy
            return tf.clip_by_value(noisy, *self.value_range)
        uniform = tf.random.stateless_uniform(shape, seed, dtype=x.dtype)
        if self.noise == "masking":
            return tf.where(uniform < level, tf.zeros_like(x), x)
        low, high = (tf.cast(end, x.dtype) for end in self.value_range)
        ends = tf.where(uniform < level / 2, low, high)
        return tf.where(uniform < level, ends, x)

    def _xla_pays_on_cpu(self):
        return False  # it draws the noise more slowly than all else

    def get_config(self):
        return {**super().get_config(), "noise": self.noise, "level": self.level}
