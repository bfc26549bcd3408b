"""Real numbers."""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from .output_head import OutputHead, mixture_component

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="genkeras")
class GaussianMixtureHead(OutputHead):
    """Continuous data under a mixture: `p(x) = sum_k pi_k prod_c N(x_c; m_kc, s_kc^2)`.

    Standard deviations lie above `least_stddev`, without which the density of data
    that repeats has no bound.

    Args:
        num_components: int. How many Gaussians are mixed.
        least_stddev: float.
        **kwargs: passed on to `keras.layers.Layer`.

    Example:
    >>> GaussianMixtureHead(num_components=5).params_size(1)
    15
    """

    def __init__(
        self, num_components: int = 10, *, least_stddev: float = 1e-3, **kwargs
    ):
        super().__init__(**kwargs)
        self.num_components = num_components
        self.least_stddev = least_stddev

    def params_size(self, channels):
        return self.num_components * (1 + 2 * channels)

    def num_uniforms(self, channels):
        return 1 + channels

    def _split(self, params, channels):
        shape = tf.concat([tf.shape(params)[:-1], [self.num_components, -1]], axis=0)
        numbers = tf.reshape(params, shape)
        logits, means, raw = tf.split(numbers, [1, channels, channels], axis=-1)
        return logits[..., 0], means, tf.nn.softplus(raw) + self.least_stddev

    def distribution(self, params, x):
        logits, means, stddevs = self._split(params, x.shape[-1])
        return tfd.MixtureSameFamily(
            tfd.Categorical(logits=logits),
            tfd.MultivariateNormalDiag(means, stddevs),
        )

    def draw(self, params, noise, *, temperature=1.0, top_k=None, top_p=None):
        logits, means, stddevs = self._split(params, noise.shape[-1] - 1)
        k = mixture_component(logits / temperature, noise[:, 0])
        mean = tf.gather(means, k, batch_dims=1)
        stddev = tf.gather(stddevs, k, batch_dims=1)
        return mean + temperature * stddev * tf.math.ndtri(noise[:, 1:])

    def get_config(self):
        return {
            **super().get_config(),
            "num_components": self.num_components,
            "least_stddev": self.least_stddev,
        }
