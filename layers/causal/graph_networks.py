"""A small network for each entry, over its parents."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from .graph_layer import GraphLayer


@keras.saving.register_keras_serializable(package="genkeras")
class GraphNetworks(GraphLayer):
    """Maps the parents of each entry of a vector by a network of the entry's own.

        y_p = MLP_p(one_hot(x_q) for q in parents_p)

    Where parents have many levels, or are many, it has fewer weights than a table, and
    shares what it learns among their combinations. An entry without parents learns its
    numbers. All networks run side by side, as one product of matrices a layer.

    Args:
        units: int. Numbers for each entry.
        parents: for each entry the earlier ones that it sees.
        levels: sequence of int. How many levels each entry has.
        hidden_units: sequence of int. Widths of the hidden layers, at least one.
        activation: str. Name of the Keras activation of the hidden layers.
        **kwargs: as for `GraphLayer`.

    Call arguments:
        x: `[B, T, 1]` whole numbers.
        context: ignored.

    Returns:
        `[B, T, units]` floats.

    Raises:
        ValueError: as `GraphLayer` does, and for no hidden layer.

    Example:
    >>> layer = GraphNetworks(5, [(), (0,)], levels=[9, 5], hidden_units=(8,))
    >>> layer(tf.zeros([3, 2, 1])).shape
    TensorShape([3, 2, 5])
    """

    def __init__(
        self,
        units: int,
        parents: Sequence[Sequence[int]],
        levels: Sequence[int],
        hidden_units: Sequence[int] = (64,),
        *,
        activation: str = "relu",
        **kwargs,
    ):
        super().__init__(units, parents, levels, **kwargs)
        if not hidden_units:
            raise ValueError(
                "GraphNetworks takes at least one hidden layer. Received: "
                f"hidden_units={hidden_units}."
            )
        self.hidden_units = tuple(hidden_units)
        self.activation = activation
        self.activate = keras.activations.get(activation)

    def build(self, x_shape, context_shape=None):
        self._check_shape(x_shape)
        most, width = max(self.levels), self._padded.shape[1]
        widths = [width * most, *self.hidden_units, self.units]
        self.kernels, self.biases = [], []
        for i, (left, right) in enumerate(zip(widths, widths[1:], strict=False)):
            # Of one-hot inputs one is on for each parent.
            limit = (6.0 / ((left if i else width) + right)) ** 0.5
            uniform = keras.initializers.RandomUniform(-limit, limit)
            shape = (len(self.parents), left, right)
            self.kernels.append(self._weight(shape, uniform, f"kernel_{i}"))
            shape = (len(self.parents), right)
            self.biases.append(self._weight(shape, "zeros", f"bias_{i}"))

    def _weight(self, shape, initializer, name):
        # Not cast as a whole: a step reads the part of one entry.
        return self.add_weight(shape, initializer, name=name, autocast=False)

    def _answer(self, seen, position=None):
        real = tf.constant(self._real)
        real = real if position is None else tf.gather(real, [position])
        h = tf.one_hot(seen, max(self.levels), dtype=self.compute_dtype)
        h *= self.cast(real)[..., None]  # [B, T, P, levels]
        shape = tf.shape(h)
        h = tf.reshape(h, [shape[0], shape[1], self.kernels[0].shape[1]])
        for i, (kernel, bias) in enumerate(zip(self.kernels, self.biases, strict=True)):
            h = h if i == 0 else self.activate(h)
            kernel, bias = (self._part(part, position) for part in (kernel, bias))
            h = tf.einsum("bti,tio->bto", h, kernel) + bias
        return h

    def _part(self, weight, position):
        weight = tf.convert_to_tensor(weight)
        weight = weight if position is None else tf.gather(weight, [position])
        return self.cast(weight)

    def get_config(self):
        return {
            **super().get_config(),
            "hidden_units": self.hidden_units,
            "activation": self.activation,
        }
