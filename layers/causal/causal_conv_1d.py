"""A convolution over the past."""

import keras
import tensorflow as tf

from .causal_layer import CausalLayer


@keras.saving.register_keras_serializable(package="genkeras")
class CausalConv1D(CausalLayer):
    """Convolves with the present and the past, in steps of `dilation_rate`.

        y_t = b + W' context_t + sum_i x_(t - i * dilation_rate) W_i,  i = 0 .. k - 1

    A step keeps the inputs that are still to be read in a ring.

    Args:
        filters: int. Width of the output.
        kernel_size: int. How many inputs `k` an output reads.
        dilation_rate: int. How far apart they are.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, T, C]` floats.
        context: None, or `[B, D]` floats for all positions, or `[B, T, D]`.

    Returns:
        `[B, T, filters]` floats.

    Example:
    >>> CausalConv1D(4, kernel_size=2, dilation_rate=8)(tf.zeros([2, 20, 1])).shape
    TensorShape([2, 20, 4])

    Reference:
        van den Oord et al., 2016, section 2.1, https://arxiv.org/abs/1609.03499
    """

    def __init__(
        self, filters: int, *, kernel_size: int = 2, dilation_rate: int = 1, **kwargs
    ):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.dilation_rate = dilation_rate

    def build(self, x_shape, context_shape=None):
        self.channels = x_shape[-1]
        shape = (self.kernel_size, self.channels, self.filters)
        self.kernel = self.add_weight(shape, "glorot_uniform", name="kernel")
        self.bias = self.add_weight((self.filters,), "zeros", name="bias")
        self.project = None
        if context_shape is not None:
            self.project = keras.layers.Dense(
                self.filters, use_bias=False, dtype=self.dtype_policy
            )
            self.project.build(context_shape)

    @property
    def _reach(self):
        return (self.kernel_size - 1) * self.dilation_rate

    def call(self, x, context=None):
        # The last tap of the kernel reads the present.
        padded = tf.pad(self.cast(x), [[0, 0], [self._reach, 0], [0, 0]])
        y = tf.nn.convolution(
            padded, self.cast(self.kernel), dilations=self.dilation_rate
        )
        y += self.cast(self.bias)
        return self._with_context(y, context)

    def init_cache(self, batch_size):
        return self.zeros(self._reach + 1, batch_size, self.channels)

    def step(self, x, cache, position, context=None):
        x, taps = self.cast(x), []
        if self._reach:
            size = self._reach + 1
            # Written first, and read from what was written: else the ring is copied.
            slot = tf.reshape(position % size, [1, 1])
            cache = tf.tensor_scatter_nd_update(cache, slot, x[None])
            ago = tf.range(self.kernel_size - 1, 0, -1) * self.dilation_rate
            # `[k - 1, B, C]`, the oldest first.
            taps = tf.unstack(tf.gather(cache, (position - ago) % size))
        window = tf.concat([*taps, x], axis=-1)  # [B, k * C]
        kernel = tf.reshape(self.cast(self.kernel), [-1, self.filters])
        y = tf.matmul(window, kernel) + self.cast(self.bias)
        if context is not None and context.shape.rank == 3:
            context = context[:, position]
        return self._with_context(y, context), cache

    def _with_context(self, y, context):
        if self.project is None:
            return y
        added = self.project(context)
        return y + (added[:, None] if added.shape.rank < y.shape.rank else added)

    def compute_output_shape(self, x_shape, context_shape=None):
        return (*x_shape[:-1], self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "dilation_rate": self.dilation_rate,
        }
