"""Image Transformer: attention to the pixels before.

Reference:
    Parmar et al., 2018, "Image Transformer", https://arxiv.org/abs/1802.05751
"""

from collections.abc import Sequence

import keras

from ...layers.causal import RasterScan
from .autoregressive_model import AutoregressiveModel
from .transformer_blocks import transformer_blocks


@keras.saving.register_keras_serializable(package="genkeras")
class ImageTransformer(AutoregressiveModel):
    """A transformer over pixels in reading order, dense or local.

    Args:
        event_shape: sequence of int. `(H, W, C)`.
        num_blocks: int. How many blocks of attention and two dense layers.
        num_heads: int. Divides `units`.
        units: int. Width of the blocks.
        window: None for attention to all earlier pixels; an int for that many of the
            last ones, in reading order; a pair for a rectangle: how many rows, the own
            one among them, and how many columns to either side.
        dropout: float in [0, 1).
        **kwargs: `num_levels`, `head`, `condition_spec`, `seed`, ... as for
            `AutoregressiveModel`.

    Example:
    >>> model = ImageTransformer((4, 5, 1), 1, 2, 8, window=(2, 3), num_levels=2)
    >>> model.sample(3, seed=0).shape
    TensorShape([3, 4, 5, 1])

    Reference:
        Parmar et al., 2018, section 3.3, https://arxiv.org/abs/1802.05751
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        num_blocks: int = 4,
        num_heads: int = 4,
        units: int = 64,
        *,
        window: int | Sequence[int] | None = None,
        dropout: float = 0.0,
        **kwargs,
    ):
        super().__init__(event_shape, **kwargs)
        self._check_image()
        self.num_blocks = num_blocks
        self.num_heads = num_heads
        self.units = units
        self.window = tuple(window) if isinstance(window, Sequence) else window
        self.dropout = dropout
        self.build()

    def make_network(self, units):
        return RasterScan(
            transformer_blocks(
                units,
                num_blocks=self.num_blocks,
                num_heads=self.num_heads,
                width=self.units,
                window=self.window,
                row_length=self.event_shape[1] if self._is_local_in_two else None,
                dropout=self.dropout,
                seed=self.seed,
                dtype=self.dtype_policy,
            ),
            dtype=self.dtype_policy,
        )

    @property
    def _is_local_in_two(self):
        return isinstance(self.window, tuple)

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "num_blocks": self.num_blocks,
            "num_heads": self.num_heads,
            "units": self.units,
            "window": self.window,
            "dropout": self.dropout,
        }
