"""From an image to a vector, by residual blocks."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from ..blocks import MLP, ResBlockDown


@keras.saving.register_keras_serializable(package="genkeras")
class ResNetEncoder(keras.layers.Layer):
    """Halves an image by one residual block per entry of `filters`, then an MLP.

    There are no norms: the code of an example does not depend on the others.

    Args:
        units: int. Width of the output.
        filters: sequence of int. Maps of each `ResBlockDown`.
        hidden_units: sequence of int. Hidden widths of the MLP behind them.
        activation: str. Hidden activation of the MLP; the blocks have ReLUs.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats; `H` and `W` need not be even.
        context: None, or `[B, K]` floats, given to the MLP.

    Returns:
        `[B, units]` floats.

    Example:
    >>> ResNetEncoder(units=5, filters=(4, 8))(tf.zeros([2, 7, 7, 1])).shape
    TensorShape([2, 5])

    Reference:
        He et al., 2016, https://arxiv.org/abs/1603.05027
    """

    def __init__(
        self,
        units: int,
        filters: Sequence[int] = (32, 64),
        hidden_units: Sequence[int] = (256,),
        *,
        activation: str = "relu",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = units
        self.filters = tuple(filters)
        self.hidden_units = tuple(hidden_units)
        self.activation = activation
        self.blocks = [
            ResBlockDown(n, first=i == 0, dtype=self.dtype_policy)
            for i, n in enumerate(self.filters)
        ]
        self.mlp = MLP(
            units, hidden_units, activation=activation, dtype=self.dtype_policy
        )

    def build(self, x_shape, context_shape=None):
        self.input_spec = [keras.layers.InputSpec(shape=(None, *x_shape[1:]))]
        height, width, channels = x_shape[1:]
        for block in self.blocks:
            block.build((None, height, width, channels))
            height, width, channels = -(-height // 2), -(-width // 2), block.filters
        self.flat_size = height * width * channels
        self.mlp.build((None, self.flat_size), context_shape)

    def call(self, x, context=None):
        for block in self.blocks:
            x = block(x)  # [B, ceil(H / 2), ceil(W / 2), filters]
        return self.mlp(tf.reshape(tf.nn.relu(x), [-1, self.flat_size]), context)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "filters": self.filters,
            "hidden_units": self.hidden_units,
            "activation": self.activation,
        }
