"""Batch normalisation whose gain and bias depend on a condition."""

import keras
import tensorflow as tf

from .spectral_normalization import SpectralNormalization


@keras.saving.register_keras_serializable(package="genkeras")
class ConditionalBatchNormalization(keras.layers.Layer):
    """Normalises each channel, then scales and shifts it as the context says.

        y = (1 + U c) * (x - mean) / sqrt(variance + epsilon) + V c

    Of a one-hot context `c`, the rows of `U` and `V` are a gain and a bias for each
    class; of an embedding, or of noise, they are linear in it. Without a context there
    is one gain and one bias for all. `U` and `V` start at 0: as plain batch norm, the
    same for every context.

    In training, `mean` and `variance` are those of the batch on all replicas, taken in
    float32 at least; elsewhere their running averages stand in for them.

    Args:
        momentum: float. Weight of the past in the running averages.
        epsilon: float. Floor of the variance.
        spectral: bool. Whether `U` and `V` are divided by their largest singular
            value, as in BigGAN. They then start orthogonal, since 0 has no direction.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, ..., C]` floats.
        context: None, or `[B, K]` floats.
        training: bool. Whether to take the batch's statistics.

    Returns:
        Floats of the shape of `x`.

    Example:
    >>> layer = ConditionalBatchNormalization()
    >>> labels = tf.one_hot([3, 7], 10)
    >>> layer(tf.ones([2, 4, 4, 6]), labels).shape
    TensorShape([2, 4, 4, 6])

    Reference:
        Dumoulin et al., 2017, section 2.2, https://arxiv.org/abs/1610.07629;
        Miyato and Koyama, 2018, appendix A, https://arxiv.org/abs/1802.05637
    """

    def __init__(
        self,
        *,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        spectral: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.momentum = momentum
        self.epsilon = epsilon
        self.spectral = spectral
        self.norm = keras.layers.BatchNormalization(
            momentum=momentum,
            epsilon=epsilon,
            center=False,
            scale=False,
            synchronized=True,
            dtype=self.dtype_policy,
        )

    def build(self, x_shape, context_shape=None):
        channels = x_shape[-1]
        self.input_spec = [
            keras.layers.InputSpec(ndim=len(x_shape), axes={-1: channels})
        ]
        self.norm.build(x_shape)
        # Without a context every example is of one class.
        context_size = 1 if context_shape is None else context_shape[-1]
        self.gain, self.bias = self._map(channels), self._map(channels)
        self.gain.build((None, context_size))
        self.bias.build((None, context_size))

    def _map(self, channels):
        layer = keras.layers.Dense(
            channels,
            use_bias=False,
            kernel_initializer="orthogonal" if self.spectral else "zeros",
            dtype=self.dtype_policy,
        )
        return SpectralNormalization(layer) if self.spectral else layer

    def call(self, x, context=None, training=None):
        if context is None:
            context = tf.ones([1, 1], x.dtype)
        inner = [1] * (x.shape.rank - 2)
        shape = tf.concat([tf.shape(context)[:1], inner, x.shape[-1:]], axis=0)
        gain = tf.reshape(1.0 + self.gain(context), shape)  # [B, 1, ..., C]
        bias = tf.reshape(self.bias(context), shape)
        return gain * self.norm(x, training=training) + bias

    def get_config(self):
        return {
            **super().get_config(),
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "spectral": self.spectral,
        }
