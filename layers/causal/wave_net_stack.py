"""Gated dilated convolutions whose skips are added up."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from .causal_conv_1d import CausalConv1D
from .causal_layer import CausalLayer


@keras.saving.register_keras_serializable(package="genkeras")
class WaveNetStack(CausalLayer):
    """The residual blocks of a WaveNet.

        g_k = tanh(F_k * h_(k-1)) sigmoid(G_k * h_(k-1)),  h_k = h_(k-1) + R_k g_k
        y   = relu(sum_k S_k g_k)

    Args:
        filters: int. Width of the residual path.
        skip_filters: int. Width of the output.
        dilation_rates: sequence of int, one a block.
        kernel_size: int. Of the dilated convolutions.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, T, filters]` floats.
        context: None, or `[B, D]` floats for all positions, or `[B, T, D]`.

    Returns:
        `[B, T, skip_filters]` floats.

    Example:
    >>> WaveNetStack(4, 8, (1, 2, 4))(tf.zeros([2, 9, 4])).shape
    TensorShape([2, 9, 8])

    Reference:
        van den Oord et al., 2016, section 2.4, https://arxiv.org/abs/1609.03499
    """

    def __init__(
        self,
        filters: int,
        skip_filters: int,
        dilation_rates: Sequence[int],
        *,
        kernel_size: int = 2,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not dilation_rates:
            raise ValueError("WaveNetStack takes at least one block. Received: none.")
        self.filters = filters
        self.skip_filters = skip_filters
        self.dilation_rates = tuple(int(rate) for rate in dilation_rates)
        self.kernel_size = kernel_size
        self.convs = [
            CausalConv1D(
                2 * filters,
                kernel_size=kernel_size,
                dilation_rate=rate,
                dtype=self.dtype_policy,
            )
            for rate in self.dilation_rates
        ]
        # The residual and the skip of a block in one product; the last has no residual.
        self.outs = [
            keras.layers.Dense(
                skip_filters + (filters if i + 1 < len(self.convs) else 0),
                dtype=self.dtype_policy,
            )
            for i in range(len(self.convs))
        ]

    def build(self, x_shape, context_shape=None):
        if x_shape[-1] != self.filters:
            raise ValueError(
                f"WaveNetStack takes inputs of width {self.filters}. Received: shape "
                f"{tuple(x_shape)}."
            )
        for conv, out in zip(self.convs, self.outs, strict=True):
            conv.build(x_shape, context_shape)
            conv.built = True
            out.build((*x_shape[:-1], self.filters))

    def call(self, x, context=None):
        return self._walk(x, lambda conv, _, h: (conv(h, context), None))[0]

    def step(self, x, cache, position, context=None):
        return self._walk(
            x, lambda conv, i, h: conv.step(h, cache[i], position, context)
        )

    def _walk(self, x, convolve):
        h, total, kept = self.cast(x), 0.0, []
        for i, (conv, out) in enumerate(zip(self.convs, self.outs, strict=True)):
            pre, part = convolve(conv, i, h)
            a, b = tf.split(pre, 2, axis=-1)
            new = out(tf.tanh(a) * tf.sigmoid(b))
            kept.append(part)
            total += new[..., : self.skip_filters]
            if i + 1 < len(self.convs):
                h += new[..., self.skip_filters :]
        return tf.nn.relu(total), kept

    def init_cache(self, batch_size):
        return [conv.init_cache(batch_size) for conv in self.convs]

    def compute_output_shape(self, x_shape, context_shape=None):
        return (*x_shape[:-1], self.skip_filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "skip_filters": self.skip_filters,
            "dilation_rates": self.dilation_rates,
            "kernel_size": self.kernel_size,
        }
