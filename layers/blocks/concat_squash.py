"""A dense layer that time and a condition gate and shift."""

import math

import keras


@keras.saving.register_keras_serializable(package="genkeras")
class ConcatSquash(keras.layers.Layer):
    """Maps `[..., D]` to `[..., units]`, under a context such as the time.

        y = (W x + b) * sigmoid(W_g context + b_g) + W_h context

    Args:
        units: int. Width of the output.
        zero_output: bool. Whether `W` and `W_h` start at zero, and so `y`.
        input_gain: None for Keras's own start; or a float, for a layer that reads data:
            `W` starts normal with standard deviation `gain / sqrt(D)`, `b` uniform in
            `+-2 gain`. Units then turn at places all over data of scale 1 to 2, and a
            network tells these places apart from the first step on. Not for a layer
            of `zero_output`, whose `W` it would set.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[..., D]` floats.
        context: floats that broadcast to `[..., C]` along the batch axes.

    Returns:
        `[..., units]` floats.

    Example:
    >>> ConcatSquash(units=6)(tf.zeros([8, 2]), tf.zeros([1, 1])).shape
    TensorShape([8, 6])

    Reference:
        Grathwohl et al., 2019, appendix B.1, https://arxiv.org/abs/1810.01367
    """

    def __init__(
        self,
        units: int,
        *,
        zero_output: bool = False,
        input_gain: float | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = units
        self.zero_output = zero_output
        self.input_gain = input_gain
        start = {"kernel_initializer": "zeros"} if zero_output else {}
        dtype = self.dtype_policy
        self.main = keras.layers.Dense(units, dtype=dtype, **start)
        self.gate = keras.layers.Dense(units, activation="sigmoid", dtype=dtype)
        self.shift = keras.layers.Dense(units, use_bias=False, dtype=dtype, **start)

    def build(self, x_shape, context_shape):
        if self.input_gain is not None:
            stddev = self.input_gain / math.sqrt(x_shape[-1])
            reach = 2.0 * self.input_gain
            self.main.kernel_initializer = keras.initializers.RandomNormal(0.0, stddev)
            self.main.bias_initializer = keras.initializers.RandomUniform(-reach, reach)
        self.main.build(x_shape)
        self.gate.build(context_shape)
        self.shift.build(context_shape)

    def call(self, x, context):
        return self.main(x) * self.gate(context) + self.shift(context)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "zero_output": self.zero_output,
            "input_gain": self.input_gain,
        }
