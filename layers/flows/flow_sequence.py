"""Several flow layers as one."""

from collections.abc import Sequence

import keras
import tensorflow_probability as tfp

from .flow_layer import FlowLayer

tfb = tfp.bijectors


@keras.saving.register_keras_serializable(package="genkeras")
class FlowSequence(FlowLayer):
    """Applies flow layers one after the other, from noise to data.

        y = f_K( ... f_1(x)),   log|det| = sum of theirs

    Every layer keeps the shape, and one context is threaded through all.

    Args:
        layers: sequence of `FlowLayer`s; the first acts first on the noise.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, *event]` floats.
        context: None, or the context of the layers.

    Returns:
        `[B, *event]` floats: the forward transform of `x`.

    Example:
    >>> from genkeras.layers import AffineCoupling
    >>> both = FlowSequence([AffineCoupling((8,)), AffineCoupling((8,), flip=True)])
    >>> both(tf.zeros([4, 3])).shape
    TensorShape([4, 3])
    """

    def __init__(self, layers: Sequence[FlowLayer], **kwargs):
        super().__init__(**kwargs)
        self.layers = list(layers)

    def build(self, x_shape, context_shape=None):
        self.input_spec = [keras.layers.InputSpec(shape=(None, *x_shape[1:]))]
        for layer in self.layers:
            layer.ensure_built(x_shape, context_shape)

    def _bijector(self, context):
        return tfb.Chain([layer.bijector(context) for layer in self.layers[::-1]])

    def get_config(self):
        layers = [keras.saving.serialize_keras_object(layer) for layer in self.layers]
        return {**super().get_config(), "layers": layers}

    @classmethod
    def from_config(cls, config):
        layers = map(keras.saving.deserialize_keras_object, config["layers"])
        return cls(**{**config, "layers": list(layers)})
