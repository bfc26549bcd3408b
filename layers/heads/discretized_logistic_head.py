"""Levels that lie near each other are alike."""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from ...distributions import DiscretizedLogistic
from .output_head import OutputHead, mixture_component

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="genkeras")
class DiscretizedLogisticHead(OutputHead):
    """Levels under a mixture of logistics, whose means see the channels before.

        P(x) = sum_k pi_k prod_c DiscretizedLogistic(x_c; m_kc, s_kc)
        m_kc = m'_kc + sum_(b < c) tanh(a_kbc) x_b

    Levels, means and scales stand for [-1, 1] here; log-scales are at least -7.

    Args:
        num_levels: int. How many levels there are.
        num_components: int. How many logistics are mixed.
        **kwargs: passed on to `keras.layers.Layer`.

    Example:
    >>> DiscretizedLogisticHead(256, num_components=10).params_size(3)
    100

    Reference:
        Salimans et al., 2017, section 2.1, https://arxiv.org/abs/1701.05517
    """

    least_log_scale = -7.0

    def __init__(self, num_levels: int, *, num_components: int = 10, **kwargs):
        super().__init__(**kwargs)
        self.num_levels = num_levels
        self.num_components = num_components

    def params_size(self, channels):
        return self.num_components * (1 + 2 * channels + channels * (channels - 1) // 2)

    def num_uniforms(self, channels):
        return 1 + channels

    def _split(self, params, channels):
        """Logits `[..., K]`, means and log-scales `[..., K, C]`, and links."""
        shape = tf.concat([tf.shape(params)[:-1], [self.num_components, -1]], axis=0)
        numbers = tf.reshape(params, shape)
        sizes = [1, channels, channels, channels * (channels - 1) // 2]
        logits, means, log_scales, links = tf.split(numbers, sizes, axis=-1)
        log_scales = tf.maximum(log_scales, self.least_log_scale)
        return logits[..., 0], means, log_scales, tf.tanh(links)

    def _mean(self, c, means, links, earlier):
        """Mean of a channel, `[..., K]`, given scaled earlier ones, `[..., 1]` each."""
        first = c * (c - 1) // 2
        shifts = [links[..., first + b] * x for b, x in enumerate(earlier)]
        return tf.add_n([means[..., c], *shifts])

    def _component(self, mean, log_scale):
        half = 0.5 * (self.num_levels - 1)
        loc, scale = (mean + 1.0) * half, tf.exp(log_scale) * half
        return DiscretizedLogistic(loc, scale, self.num_levels)

    def distribution(self, params, x):
        channels = x.shape[-1]
        logits, means, log_scales, links = self._split(params, channels)
        x = self.scale(tf.cast(x, params.dtype))
        earlier = [x[..., c, None] for c in range(channels)]
        means = tf.stack(
            [self._mean(c, means, links, earlier[:c]) for c in range(channels)], axis=-1
        )
        return tfd.MixtureSameFamily(
            tfd.Categorical(logits=logits),
            tfd.Independent(
                self._component(means, log_scales), reinterpreted_batch_ndims=1
            ),
        )

    def draw(self, params, noise, *, temperature=1.0, top_k=None, top_p=None):
        channels = noise.shape[-1] - 1
        logits, means, log_scales, links = self._split(params, channels)
        k = mixture_component(logits / temperature, noise[:, 0])
        means, log_scales, links = (
            tf.gather(part, k, batch_dims=1)[:, None]  # [B, 1, C]
            for part in (means, log_scales, links)
        )
        log_scales += tf.math.log(tf.cast(temperature, params.dtype))
        drawn = []
        for c in range(channels):
            earlier = [self.scale(x) for x in drawn]
            mean = self._mean(c, means, links, earlier)
            component = self._component(mean, log_scales[..., c])
            drawn.append(component.quantile_level(noise[:, c + 1, None]))  # [B, 1]
        return tf.concat(drawn, axis=-1)

    def get_config(self):
        return {
            **super().get_config(),
            "num_levels": self.num_levels,
            "num_components": self.num_components,
        }
