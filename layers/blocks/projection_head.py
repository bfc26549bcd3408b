"""The score of a conditional discriminator, by an inner product."""

import keras
import tensorflow as tf

from .spectral_normalization import SpectralNormalization


@keras.saving.register_keras_serializable(package="genkeras")
class ProjectionHead(keras.layers.Layer):
    """Scores features, and how well they go with what they are conditioned on.

        f(h, y) = psi(h) + <V y, h>,   psi(h) = <w, h> + b

    It is the form of `log p(y | x) / q(y | x) + log p(x) / q(x)` where both
    conditionals are softmaxes that are linear in the features. Of a one-hot `y`, the
    rows of `V` are one vector for each class. Without a context the score is `psi(h)`.

    Args:
        spectral: bool. Whether `w` and `V` are divided by their largest singular value.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        features: `[B, F]` floats, the `h`.
        context: None, or `[B, K]` floats, the `y`.

    Returns:
        `[B, 1]` floats, raw scores.

    Example:
    >>> ProjectionHead()(tf.ones([2, 5]), tf.one_hot([3, 7], 10)).shape
    TensorShape([2, 1])

    Reference:
        Miyato and Koyama, 2018, eq. 3, https://arxiv.org/abs/1802.05637
    """

    def __init__(self, *, spectral: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.spectral = spectral
        self.projection = None
        self.psi = None

    def build(self, features_shape, context_shape=None):
        size = features_shape[-1]
        self.input_spec = [keras.layers.InputSpec(ndim=2, axes={-1: size})]
        if context_shape is not None:
            self.projection = self._linear(size, use_bias=False)
            self.projection.build((None, context_shape[-1]))
        self.psi = self._linear(1, use_bias=True)
        self.psi.build((None, size))

    def _linear(self, units, *, use_bias):
        layer = keras.layers.Dense(units, use_bias=use_bias, dtype=self.dtype_policy)
        return SpectralNormalization(layer) if self.spectral else layer

    def call(self, features, context=None):
        score = self.psi(features)
        if context is None:
            return score
        fit = self.projection(context) * features  # [B, F]
        return score + tf.reduce_sum(fit, axis=-1, keepdims=True)

    def get_config(self):
        return {**super().get_config(), "spectral": self.spectral}
