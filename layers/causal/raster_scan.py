"""A sequence layer over the pixels of an image."""

import keras
import tensorflow as tf

from .causal_layer import CausalLayer


@keras.saving.register_keras_serializable(package="genkeras")
class RasterScan(CausalLayer):
    """Applies a causal layer of sequences to pixels in reading order.

        y_(i, j) = layer(x)_(i W + j)

    Args:
        layer: a `CausalLayer` of sequences, or a config of one.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats.
        context: None, or `[B, D]` floats.

    Returns:
        `[B, H, W, units]` floats.

    Example:
    >>> from genkeras.layers import Shift
    >>> RasterScan(Shift())(tf.ones([1, 2, 2, 1]))[0, :, :, 0].numpy()
    array([[0., 1.],
           [1., 1.]], dtype=float32)
    """

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        if isinstance(layer, dict):
            layer = keras.saving.deserialize_keras_object(layer)
        if not isinstance(layer, CausalLayer):
            raise ValueError(  # noqa: TRY004 (bad input is one kind of error)
                f"RasterScan takes a causal layer. Received: {layer!r}."
            )
        self.layer = layer

    def build(self, x_shape, context_shape=None):
        self.height, self.width, channels = x_shape[1:]
        if not self.layer.built:
            shape = (None, self.height * self.width, channels)
            self.layer.build(shape, context_shape)
            self.layer.built = True

    def call(self, x, context=None):
        row = tf.reshape(x, [-1, self.height * self.width, x.shape[-1]])
        y = self.layer(row, context)
        return tf.reshape(y, [-1, self.height, self.width, y.shape[-1]])

    @property
    def sees_itself(self):
        return self.layer.sees_itself

    def _place(self, position):
        return position[0] * self.width + position[1]

    def init_cache(self, batch_size):
        return self.layer.init_cache(batch_size)

    def step(self, x, cache, position, context=None):
        return self.layer.step(x, cache, self._place(position), context)

    def remember(self, x, cache, position, context=None):
        return self.layer.remember(x, cache, self._place(position), context)

    def compute_output_shape(self, x_shape, context_shape=None):
        row = (x_shape[0], x_shape[1] * x_shape[2], x_shape[3])
        return (*x_shape[:-1], self.layer.compute_output_shape(row, context_shape)[-1])

    def get_config(self):
        layer = keras.saving.serialize_keras_object(self.layer)
        return {**super().get_config(), "layer": layer}
