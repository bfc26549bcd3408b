"""A list of causal layers is a causal layer."""

from collections.abc import Sequence

import keras

from .causal_layer import CausalLayer


@keras.saving.register_keras_serializable(package="genkeras")
class CausalSequence(CausalLayer):
    """Applies causal layers one after another: `y = f_K(... f_1(x))`.

    Sees itself if all of its layers do. If not, a step begins at the last layer that
    does not; the layers up to it are brought up to date in `remember`.

    Args:
        layers: sequence of `CausalLayer`, or of configs of them.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, T, C]` floats, or `[B, H, W, C]`.
        context: None, or `[B, D]` floats, given to every layer.

    Returns:
        What the last layer does.

    Example:
    >>> from genkeras.layers import EachPosition, Shift
    >>> stack = CausalSequence([Shift(), EachPosition(keras.layers.Dense(2))])
    >>> stack(tf.zeros([4, 3, 1])).shape, stack.sees_itself
    (TensorShape([4, 3, 2]), False)
    """

    def __init__(self, layers: Sequence, **kwargs):
        super().__init__(**kwargs)
        self.layers = [_made(layer) for layer in layers]
        wrong = [x for x in self.layers if not isinstance(x, CausalLayer)]
        if wrong or not self.layers:
            raise ValueError(
                f"{type(self).__name__} takes at least one layer, all of them causal. "
                f"Received: {wrong[0] if wrong else 'none'}."
            )

    def build(self, x_shape, context_shape=None):
        for layer in self.layers:
            if not layer.built:
                layer.build(x_shape, context_shape)
                layer.built = True
            x_shape = layer.compute_output_shape(x_shape, context_shape)

    def call(self, x, context=None):
        for layer in self.layers:
            x = layer(x, context)
        return x

    @property
    def sees_itself(self):
        return all(layer.sees_itself for layer in self.layers)

    @property
    def _first(self):
        """The layer that a step begins at."""
        blind = [i for i, layer in enumerate(self.layers) if not layer.sees_itself]
        return blind[-1] if blind else 0

    def init_cache(self, batch_size):
        return [layer.init_cache(batch_size) for layer in self.layers]

    def start_row(self, cache, row, context=None):
        pairs = zip(self.layers, cache, strict=True)
        return [layer.start_row(part, row, context) for layer, part in pairs]

    def step(self, x, cache, position, context=None):
        cache = list(cache)
        for i in range(self._first, len(self.layers)):
            x, cache[i] = self.layers[i].step(x, cache[i], position, context)
        return x, cache

    def remember(self, x, cache, position, context=None):
        cache, last = list(cache), self._first
        for i, layer in enumerate(self.layers[:last]):
            x, cache[i] = _whole_step(layer, x, cache[i], position, context)
        cache[last] = self.layers[last].remember(x, cache[last], position, context)
        return cache

    def compute_output_shape(self, x_shape, context_shape=None):
        for layer in self.layers:
            x_shape = layer.compute_output_shape(x_shape, context_shape)
        return x_shape

    def get_config(self):
        layers = [keras.saving.serialize_keras_object(layer) for layer in self.layers]
        return {**super().get_config(), "layers": layers}


def _made(layer):
    if isinstance(layer, dict):
        return keras.saving.deserialize_keras_object(layer)
    return layer


def _whole_step(layer, x, cache, position, context):
    """A step of a layer whose input is known already."""
    if layer.sees_itself:
        return layer.step(x, cache, position, context)
    y, cache = layer.step(None, cache, position, context)
    return y, layer.remember(x, cache, position, context)
