"""A Keras layer that treats every position alike."""

import keras

from .causal_layer import CausalLayer


@keras.saving.register_keras_serializable(package="genkeras")
class EachPosition(CausalLayer):
    """Applies a layer that acts on the last axis alone, such as `Dense`.

        y_p = layer(x_p)

    Args:
        layer: a Keras layer: `Dense`, `LayerNormalization`, `Activation`, `Dropout`,
            or a config of one.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, ..., C]` floats.
        context: ignored.

    Returns:
        `[B, ..., units]` floats.

    Example:
    >>> EachPosition(keras.layers.Dense(3))(tf.zeros([2, 5, 4])).shape
    TensorShape([2, 5, 3])
    """

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        if isinstance(layer, dict):
            layer = keras.saving.deserialize_keras_object(layer)
        if not isinstance(layer, keras.layers.Layer):
            raise ValueError(  # noqa: TRY004 (bad input is one kind of error)
                f"EachPosition takes a Keras layer. Received: {layer!r}."
            )
        self.layer = layer

    def build(self, x_shape, context_shape=None):
        if not self.layer.built:
            self.layer.build(x_shape)

    def call(self, x, context=None):
        return self.layer(x)

    def init_cache(self, batch_size):
        return ()

    def step(self, x, cache, position, context=None):
        return self.layer(x), cache

    def compute_output_shape(self, x_shape, context_shape=None):
        return self.layer.compute_output_shape(x_shape)

    def get_config(self):
        layer = keras.saving.serialize_keras_object(self.layer)
        return {**super().get_config(), "layer": layer}
