"""The residual block that both streams of a PixelCNN++ are made of."""

import keras
import tensorflow as tf

from ..blocks import ReplicaDropout


def both_halves(x):
    """Returns `elu([x, -x])`, which keeps what either sign says: twice the width."""
    return tf.nn.elu(tf.concat([x, -x], axis=-1))


class StreamBlock(keras.layers.Layer):
    """A gated residual block of two convolutions, which sees others at its middle.

        c = conv(e(x)) + sum_k W_k e(side_k),   a, b = conv(dropout(e(c))) + V context
        y = x + a sigmoid(b),   e(x) = elu([x, -x])

    Args:
        conv: class of its convolutions, `DownConv` or `DownRightConv`.
        filters: int. Width of the input, the output and the sides.
        num_sides: int. How many others it sees.
        dropout: float in [0, 1). Share that training drops.
        seed: None or int. Of the dropout.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, filters]` floats.
        sides: sequence of as many such tensors.
        context: None, or `[B, D]` floats.

    Returns:
        `[B, H, W, filters]` floats.

    Reference:
        Salimans et al., 2017, section 2.3 to 2.6, https://arxiv.org/abs/1701.05517
    """

    def __init__(
        self, conv, filters: int, num_sides: int, dropout: float, seed, **kwargs
    ):
        super().__init__(**kwargs)
        policy = {"dtype": self.dtype_policy}
        self.filters = filters
        self.first = conv(filters, **policy)
        # Near zero: a block begins close to the identity, whatever the depth.
        small = keras.initializers.VarianceScaling(0.01, "fan_avg", "uniform")
        self.second = conv(2 * filters, initializer=small, **policy)
        self.sides = [
            keras.layers.Dense(filters, use_bias=False, **policy)
            for _ in range(num_sides)
        ]
        self.drop = ReplicaDropout(dropout, seed=seed, **policy)
        self.of_context = None

    def build(self, x_shape, context_shape=None):
        twice = (*x_shape[:-1], 2 * self.filters)
        for layer in (self.first, self.second, *self.sides):
            layer.build(twice)
        if context_shape is not None:
            self.of_context = keras.layers.Dense(
                2 * self.filters, use_bias=False, dtype=self.dtype_policy
            )
            self.of_context.build(context_shape)

    def call(self, x, sides=(), context=None):
        c = self.first(both_halves(x)) + self.of_sides(sides)
        c = self.second(self.drop(both_halves(c)))
        return x + self.gate(c + self.context_shift(context, 4))

    def of_sides(self, sides):
        """What the first of the sides add before the gate; 0 of none."""
        pairs = zip(self.sides, sides, strict=False)
        return sum((layer(both_halves(side)) for layer, side in pairs), start=0.0)

    def context_shift(self, context, rank):
        """What the context adds to the gates, `[B, 1, .., 2 filters]`; 0 of none."""
        if self.of_context is None:
            return 0.0
        shift = self.of_context(context)
        return tf.reshape(shift, [-1, *[1] * (rank - 2), 2 * self.filters])

    def gate(self, c):
        """Returns `a sigmoid(b)` of `[..., 2 filters]` numbers."""
        a, b = tf.split(c, 2, axis=-1)
        return a * tf.sigmoid(b)
