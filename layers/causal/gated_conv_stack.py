"""The two stacks of a gated PixelCNN, which together have no blind spot."""

import keras
import tensorflow as tf

from .causal_layer import CausalLayer


@keras.saving.register_keras_serializable(package="genkeras")
class GatedConvStack(CausalLayer):
    """A vertical stack over the rows above, and a horizontal one along the row.

        u_k = V_k * v_(k-1),  v_k = gate(u_k + context)
        h_k = h_(k-1) + 1x1 gate(H_k * h_(k-1) + link(u_k, a row up) + context)
        gate(a, b) = tanh(a) sigmoid(b)

    The vertical convolutions see all columns of the rows up to their own; the
    horizontal ones, which read them one row up, the pixels to the left. Every earlier
    pixel is seen, none of the others: the stack does not see itself.

    By steps, the vertical stack and its links are computed once a row, and the previous
    columns of each block are kept side by side, for one matrix product a block.

    Args:
        filters: int. Width of both stacks.
        num_blocks: int. Their depth.
        kernel_size: int, odd.
        first_kernel_size: int, odd. Of the first block.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats.
        context: None, or `[B, D]` floats.

    Returns:
        `[B, H, W, filters]` floats.

    Example:
    >>> GatedConvStack(8, 2)(tf.zeros([2, 5, 7, 1])).shape
    TensorShape([2, 5, 7, 8])

    Reference:
        van den Oord et al., 2016, section 2, https://arxiv.org/abs/1606.05328
    """

    def __init__(
        self,
        filters: int,
        num_blocks: int,
        *,
        kernel_size: int = 3,
        first_kernel_size: int = 7,
        **kwargs,
    ):
        super().__init__(**kwargs)
        odd = kernel_size % 2 and first_kernel_size % 2 and kernel_size > 1
        if not odd or first_kernel_size == 1 or min(filters, num_blocks) < 1:
            raise ValueError(
                "GatedConvStack takes odd kernel sizes from 3 on, and positive filters "
                f"and num_blocks. Received: kernel_size={kernel_size}, "
                f"first_kernel_size={first_kernel_size}, filters={filters}, "
                f"num_blocks={num_blocks}."
            )
        self.filters = filters
        self.num_blocks = num_blocks
        self.kernel_size = kernel_size
        self.first_kernel_size = first_kernel_size

    def build(self, x_shape, context_shape=None):
        self.width, self.channels = x_shape[2:]
        self._blocks = []
        for i in range(self.num_blocks):
            size = self.kernel_size if i else self.first_kernel_size
            channels = self.filters if i else self.channels
            self._blocks.append(self._block(i, size, channels, context_shape))

    def _block(self, i, size, channels, context_shape):
        """The weights of a block, by name."""
        double, half = 2 * self.filters, size // 2
        last = i == self.num_blocks - 1
        shapes = {
            "vertical": (half + 1, size, channels, double),
            # The first block does not see itself.
            "horizontal": (half + (i > 0), channels, double),
            "link": (double, double),
            "out": (self.filters, self.filters),
        }
        biases = {"horizontal_bias": double, "vertical_bias": double}
        biases["out_bias"] = self.filters
        weights = {
            name: self.add_weight(shape, "glorot_uniform", name=f"{name}_{i}")
            for name, shape in shapes.items()
        }
        weights |= {
            name: self.add_weight((size,), "zeros", name=f"{name}_{i}")
            for name, size in biases.items()
        }
        if context_shape is not None:
            # The vertical features of the last block leave by its link alone.
            for name in ["to_horizontal"] if last else ["to_vertical", "to_horizontal"]:
                shape = (context_shape[-1], double)
                weights[name] = self.add_weight(
                    shape, "glorot_uniform", name=f"{name}_{i}"
                )
        return weights

    @property
    def sees_itself(self):
        return False

    def _half(self, i):
        return (self.first_kernel_size if i == 0 else self.kernel_size) // 2

    # === All positions at once ===
    def call(self, x, context=None):
        v = h = self.cast(x)
        for i, weights in enumerate(self._blocks):
            half, w = self._half(i), _Cast(self, weights)
            padding = [[0, 0], [half, 0], [half, half], [0, 0]]
            full = tf.nn.conv2d(v, w.vertical, strides=1, padding=padding)
            full += w.vertical_bias
            link = tf.tensordot(full, w.link, 1)
            link = tf.pad(link, [[0, 0], [1, 0], [0, 0], [0, 0]])[:, :-1]
            new = self._horizontal(h, i, w) + link
            new += w.horizontal_bias + w.of_context("to_horizontal", context, 4)
            new = tf.tensordot(_gate(new), w.out, 1) + w.out_bias
            h = new + h if i else new
            v = _gate(full + w.of_context("to_vertical", context, 4))
        return h

    def _horizontal(self, h, i, w):
        half = self._half(i)
        if i == 0:  # a column to the right of where it would end
            h = tf.pad(h, [[0, 0], [0, 0], [half, 0], [0, 0]])[:, :, :-1]
        else:
            h = tf.pad(h, [[0, 0], [0, 0], [half, 0], [0, 0]])
        return tf.nn.conv2d(h, w.horizontal[None], strides=1, padding="VALID")

    # === Step by step ===
    def _channels(self, i):
        return self.filters if i else self.channels

    def init_cache(self, batch_size):
        blocks = range(self.num_blocks)
        return {
            "row": self.zeros(self.width, batch_size, self.channels),
            "rows": [
                self.zeros(batch_size, self._half(i), self.width, self._channels(i))
                for i in blocks
            ],
            "links": [
                self.zeros(self.width, batch_size, 2 * self.filters) for _ in blocks
            ],
            "left": [
                self.zeros(batch_size, self._half(i) * self._channels(i))
                for i in blocks
            ],
        }

    def start_row(self, cache, row, context=None):
        # Above the first row there is none, and its features are zeros.
        real = self.cast(row > 0)
        v = tf.transpose(cache["row"], [1, 0, 2])[:, None]  # [B, 1, W, C]
        rows, links = [], []
        for i, weights in enumerate(self._blocks):
            half, w = self._half(i), _Cast(self, weights)
            known = tf.concat([cache["rows"][i], v], axis=1)  # [B, half + 1, W, C]
            rows.append(known[:, 1:])
            padding = [[0, 0], [0, 0], [half, half], [0, 0]]
            full = tf.nn.conv2d(known, w.vertical, strides=1, padding=padding)
            full += w.vertical_bias
            link = real * tf.tensordot(full, w.link, 1)
            link += w.horizontal_bias + w.of_context("to_horizontal", context, 4)
            links.append(tf.transpose(link[:, 0], [1, 0, 2]))  # [W, B, 2F]
            v = real * _gate(full + w.of_context("to_vertical", context, 4))
        left = [tf.zeros_like(part) for part in cache["left"]]
        row = tf.zeros_like(cache["row"])
        return {"row": row, "rows": rows, "links": links, "left": left}

    def step(self, x, cache, position, context=None):
        left, h = list(cache["left"]), None
        for i, weights in enumerate(self._blocks):
            w, window = _Cast(self, weights), left[i]
            if i:
                window = tf.concat([window, h], axis=-1)
                left[i] = window[:, self.filters :]
            kernel = tf.reshape(w.horizontal, [-1, 2 * self.filters])
            new = tf.matmul(window, kernel) + cache["links"][i][position[1]]
            new = tf.matmul(_gate(new), w.out) + w.out_bias
            h = new + h if i else new
        return h, {**cache, "left": left}

    def remember(self, x, cache, position, context=None):
        x, column = self.cast(x), tf.reshape(position[1], [1, 1])
        row = tf.tensor_scatter_nd_update(cache["row"], column, x[None])
        first = tf.concat([cache["left"][0], x], axis=-1)[:, self.channels :]
        return {**cache, "row": row, "left": [first, *cache["left"][1:]]}

    def compute_output_shape(self, x_shape, context_shape=None):
        return (*x_shape[:-1], self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "num_blocks": self.num_blocks,
            "kernel_size": self.kernel_size,
            "first_kernel_size": self.first_kernel_size,
        }


class _Cast:
    """The weights of a block in the precision that is computed in, as attributes."""

    def __init__(self, layer, weights):
        self._layer, self._weights = layer, weights

    def __getattr__(self, name):
        return self._layer.cast(self._weights[name])

    def of_context(self, name, context, rank):
        """What the context adds, `[B, 1, 1, 2F]`; 0 without one."""
        if context is None or name not in self._weights:
            return 0.0
        added = tf.matmul(self._layer.cast(context), getattr(self, name))
        return tf.reshape(added, [-1, *[1] * (rank - 2), added.shape[-1]])


def _gate(x):
    a, b = tf.split(x, 2, axis=-1)
    return tf.tanh(a) * tf.sigmoid(b)
