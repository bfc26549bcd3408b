"""Gated PixelCNN: two stacks that see every earlier pixel.

Reference:
    van den Oord et al., 2016, "Conditional Image Generation with PixelCNN Decoders",
    https://arxiv.org/abs/1606.05328
"""

from collections.abc import Sequence

import keras

from ...layers.blocks import ReplicaDropout
from ...layers.causal import CausalSequence, EachPosition, GatedConvStack
from .autoregressive_model import AutoregressiveModel


@keras.saving.register_keras_serializable(package="genkeras")
class GatedPixelCNN(AutoregressiveModel):
    """Gated convolutions in a vertical and a horizontal stack, without a blind spot.

    A condition, such as a class, shifts the gates of every block.

    Args:
        event_shape: sequence of int. `(H, W, C)`.
        filters: int. Width of both stacks.
        num_blocks: int. Their depth.
        kernel_size: int, odd.
        head_units: int. Width of the dense layer before the outputs.
        dropout: float in [0, 1). Share of the stack's outputs that training drops.
        **kwargs: `num_levels`, `head`, `condition_spec`, `seed`, ... as for
            `AutoregressiveModel`.

    Example:
    >>> model = GatedPixelCNN(
    ...     (5, 7, 1), 4, 2, num_levels=2, condition_spec={"num_classes": 10}
    ... )
    >>> model.sample(3, condition=[7, 7, 7], seed=0).shape
    TensorShape([3, 5, 7, 1])

    Reference:
        van den Oord et al., 2016, sections 2.2 to 2.4, https://arxiv.org/abs/1606.05328
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        filters: int = 32,
        num_blocks: int = 6,
        *,
        kernel_size: int = 3,
        head_units: int = 32,
        dropout: float = 0.0,
        **kwargs,
    ):
        super().__init__(event_shape, **kwargs)
        self._check_image()
        self.filters = filters
        self.num_blocks = num_blocks
        self.kernel_size = kernel_size
        self.head_units = head_units
        self.dropout = dropout
        self.build()

    def make_network(self, units):
        policy = {"dtype": self.dtype_policy}
        each = [
            keras.layers.Activation("relu", **policy),
            ReplicaDropout(self.dropout, seed=self.seed, **policy),
            keras.layers.Dense(self.head_units, **policy),
            keras.layers.Activation("relu", **policy),
            keras.layers.Dense(units, **policy),
        ]
        stack = GatedConvStack(
            self.filters, self.num_blocks, kernel_size=self.kernel_size, **policy
        )
        last = [EachPosition(layer, **policy) for layer in each]
        return CausalSequence([stack, *last], **policy)

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "num_blocks": self.num_blocks,
            "kernel_size": self.kernel_size,
            "head_units": self.head_units,
            "dropout": self.dropout,
        }
