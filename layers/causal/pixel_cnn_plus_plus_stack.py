"""The network of a PixelCNN++."""

import keras
import tensorflow as tf

from .causal_layer import CausalLayer
from .down_conv import DownConv
from .down_right_block import put, row_of, turned
from .pixel_streams import PixelStreams
from .stream_block import both_halves


@keras.saving.register_keras_serializable(package="genkeras")
class PixelCNNPlusPlusStack(CausalLayer):
    """Two streams through several resolutions, with short-cuts between equal ones.

    One stream sees whole rows above, the other also the pixels to the left, and at each
    block the first. Every earlier pixel within reach is seen, none of the others: the
    stack does not see itself. The last resolution is `2^(num_resolutions - 1)` times as
    coarse as the image.

    By steps, the stream of whole rows is computed once a row, the lower resolutions at
    each second row and column: a sample costs about one pass.

    Unlike the paper's, weights are not normalized, and a coarse pixel reaches the four
    that it stands for through a matrix each, in both streams.

    Args:
        filters: int. Width of both streams.
        num_blocks: int. Blocks of each resolution and way.
        num_resolutions: int. Resolutions.
        dropout: float in [0, 1). Share that training drops in each block.
        seed: None or int. Of the dropout.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats.
        context: None, or `[B, D]` floats, which shift the gates of each block.

    Returns:
        `[B, H, W, 2 filters]` floats.

    Raises:
        ValueError: for an image that cannot be halved often enough.

    Example:
    >>> PixelCNNPlusPlusStack(4, 1, num_resolutions=2)(tf.zeros([2, 4, 6, 3])).shape
    TensorShape([2, 4, 6, 8])

    Reference:
        Salimans et al., 2017, sections 2.3 to 2.6, https://arxiv.org/abs/1701.05517
    """

    def __init__(
        self,
        filters: int,
        num_blocks: int,
        *,
        num_resolutions: int = 3,
        dropout: float = 0.0,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = filters
        self.num_blocks = num_blocks
        self.num_resolutions = num_resolutions
        self.dropout = dropout
        self.seed = seed
        policy = {"dtype": self.dtype_policy}
        self.down_entry = DownConv(filters, **policy)
        self.above_entry = keras.layers.Conv1D(filters, 3, padding="same", **policy)
        self.left_entry = keras.layers.Dense(filters, use_bias=False, **policy)
        self.streams = PixelStreams(
            filters, num_blocks, num_resolutions, dropout, seed, **policy
        )

    def build(self, x_shape, context_shape=None):
        self.height, self.width, channels = x_shape[1:]
        factor = 2 ** (self.num_resolutions - 1)
        if self.height % factor or self.width % factor:
            raise ValueError(
                f"A stack of {self.num_resolutions} resolutions takes images whose "
                f"sides divide by {factor}. Received: {self.height} by {self.width}."
            )
        self.channels = channels + 1  # a 1 tells pixels from what lies outside
        for entry in (self.down_entry, self.left_entry):
            entry.build((None, self.height, self.width, self.channels))
        self.above_entry.build((None, self.width, self.channels))
        shape = (None, self.height, self.width, self.filters)
        self.streams.build(shape, context_shape)
        self.streams.built = True

    @property
    def sees_itself(self):
        return False

    def _marked(self, x):
        x = self.cast(x)
        return tf.concat([x, tf.ones_like(x[..., :1])], axis=-1)

    # === All positions at once ===
    def call(self, x, context=None):
        x = self._marked(x)
        above = tf.pad(x, [[0, 0], [1, 0], [0, 0], [0, 0]])[:, :-1]
        left = tf.pad(x, [[0, 0], [0, 0], [1, 0], [0, 0]])[:, :, :-1]
        rows = tf.reshape(above, [-1, self.width, self.channels])
        of_above = tf.reshape(
            self.above_entry(rows), [-1, self.height, self.width, self.filters]
        )
        right = of_above + self.left_entry(left)
        return both_halves(self.streams(self.down_entry(above), right, context)[1])

    # === Step by step ===
    def init_cache(self, batch_size):
        def zeros(size):
            return self.zeros(batch_size, size)

        row = row_of(zeros(self.channels), self.width + 1)
        return {
            "row": row,
            "above": turned(row[1:]),
            "entry": row_of(zeros(self.filters), self.width),
            "streams": self.streams.init_cache(zeros),
        }

    def start_row(self, cache, row, context=None):
        above = turned(cache["row"][1:])
        entry = turned(self.above_entry(above))
        down = self.down_entry.row(cache["above"], above)
        _, streams = self.streams.start_row(down, cache["streams"], row, context)
        return {
            "row": cache["row"],
            "above": above,
            "entry": entry,
            "streams": streams,
        }

    def step(self, x, cache, position, context=None):
        left = self.left_entry(cache["row"][position[1]])
        right = cache["entry"][position[1]] + left
        right, streams = self.streams.step(right, cache["streams"], position)
        return both_halves(right), {**cache, "streams": streams}

    def remember(self, x, cache, position, context=None):
        row = put(cache["row"], position[1] + 1, self._marked(x))
        return {**cache, "row": row}

    def compute_output_shape(self, x_shape, context_shape=None):
        return (*x_shape[:-1], 2 * self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "num_blocks": self.num_blocks,
            "num_resolutions": self.num_resolutions,
            "dropout": self.dropout,
            "seed": self.seed,
        }
