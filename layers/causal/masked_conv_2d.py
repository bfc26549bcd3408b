"""A convolution over the pixels above and to the left."""

import keras
import numpy as np
import tensorflow as tf

from .causal_layer import CausalLayer


@keras.saving.register_keras_serializable(package="genkeras")
class MaskedConv2D(CausalLayer):
    """Convolves over the rows above and the pixels to the left.

    The kernel has the upper half of its rows, and the mask, in the call, cuts what
    follows in the last of them: mask A also the pixel itself. Stacks of it have a blind
    spot: above and to the right there are pixels that no path reaches.

    By steps, what the rows above contribute is computed once a row over its whole
    width; a step adds the pixels to the left.

    Args:
        filters: int. Width of the output.
        kernel_size: int, odd.
        mask: "A" for a layer that does not see itself, or "B".
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats.
        context: None, or `[B, D]` floats.

    Returns:
        `[B, H, W, filters]` floats.

    Example:
    >>> layer = MaskedConv2D(4, kernel_size=3, mask="A")
    >>> layer(tf.zeros([2, 5, 7, 1])).shape, layer.sees_itself
    (TensorShape([2, 5, 7, 4]), False)

    Reference:
        van den Oord et al., 2016, section 3.4, https://arxiv.org/abs/1601.06759
    """

    def __init__(
        self, filters: int, *, kernel_size: int = 3, mask: str = "B", **kwargs
    ):
        super().__init__(**kwargs)
        if mask not in ("A", "B") or kernel_size % 2 == 0:
            raise ValueError(
                "MaskedConv2D takes mask='A' or 'B' and an odd kernel_size. Received: "
                f"mask={mask!r}, kernel_size={kernel_size}."
            )
        self.filters = filters
        self.kernel_size = kernel_size
        self.mask = mask

    def build(self, x_shape, context_shape=None):
        self.width, self.channels = x_shape[2:]
        half = self.kernel_size // 2
        shape = (half + 1, self.kernel_size, self.channels, self.filters)
        self.kernel = self.add_weight(shape, "glorot_uniform", name="kernel")
        self.bias = self.add_weight((self.filters,), "zeros", name="bias")
        seen = np.ones((half + 1, self.kernel_size), bool)
        seen[-1, half + (self.mask == "B") :] = False
        self._seen = seen[:, :, None, None]
        self.project = None
        if context_shape is not None:
            self.project = keras.layers.Dense(
                self.filters, use_bias=False, dtype=self.dtype_policy
            )
            self.project.build(context_shape)

    @property
    def sees_itself(self):
        return self.mask == "B"

    @property
    def _half(self):
        return self.kernel_size // 2

    def call(self, x, context=None):
        half, kernel = self._half, self.cast(self.kernel)
        kernel = tf.where(self._seen, kernel, tf.zeros_like(kernel))
        padding = [[0, 0], [half, 0], [half, half], [0, 0]]
        y = tf.nn.conv2d(self.cast(x), kernel, strides=1, padding=padding)
        y += self.cast(self.bias)
        return y if self.project is None else y + self.project(context)[:, None, None]

    # === Step by step ===
    def init_cache(self, batch_size):
        half = self._half
        return {
            "rows": self.zeros(batch_size, half, self.width, self.channels),
            "row": self.zeros(self.width, batch_size, self.channels),
            "left": self.zeros(batch_size, half * self.channels),
            "above": self.zeros(self.width, batch_size, self.filters),
        }

    def start_row(self, cache, row, context=None):
        half, above = self._half, cache["above"]
        last = tf.transpose(cache["row"], [1, 0, 2])[:, None]  # [B, 1, W, C]
        rows = tf.concat([cache["rows"], last], axis=1)[:, 1:]
        if half:
            kernel = self.cast(self.kernel)[:half]
            padding = [[0, 0], [0, 0], [half, half], [0, 0]]
            above = tf.nn.conv2d(rows, kernel, strides=1, padding=padding)
            above = tf.transpose(above[:, 0], [1, 0, 2])  # [W, B, F]
        zeros = tf.zeros_like
        left, row = zeros(cache["left"]), zeros(cache["row"])
        return {"rows": rows, "row": row, "left": left, "above": above}

    def step(self, x, cache, position, context=None):
        window = cache["left"]
        if self.sees_itself:
            x = self.cast(x)
            window = tf.concat([window, x], axis=-1)
            cache = self._keep(x, cache, position)
        taps = self._half + self.sees_itself
        kernel = tf.reshape(self.cast(self.kernel)[-1, :taps], [-1, self.filters])
        y = cache["above"][position[1]] + self.cast(self.bias)
        y += tf.matmul(window, kernel)
        return (y if self.project is None else y + self.project(context)), cache

    def remember(self, x, cache, position, context=None):
        return self._keep(self.cast(x), cache, position)

    def _keep(self, x, cache, position):
        column = tf.reshape(position[1], [1, 1])
        row = tf.tensor_scatter_nd_update(cache["row"], column, x[None])
        left = tf.concat([cache["left"], x], axis=-1)[:, self.channels :]
        return {**cache, "row": row, "left": left}

    def compute_output_shape(self, x_shape, context_shape=None):
        return (*x_shape[:-1], self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "mask": self.mask,
        }
