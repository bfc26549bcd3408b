"""PixelCNN: masked convolutions over the pixels above and to the left.

Reference:
    van den Oord, Kalchbrenner and Kavukcuoglu, 2016, "Pixel Recurrent Neural
    Networks", https://arxiv.org/abs/1601.06759
"""

from collections.abc import Sequence

import keras

from ...layers.causal import CausalResidual, CausalSequence, EachPosition, MaskedConv2D
from .autoregressive_model import AutoregressiveModel


@keras.saving.register_keras_serializable(package="genkeras")
class PixelCNN(AutoregressiveModel):
    """A stack of masked convolutions with short-cuts.

    The first layer is a convolution of 7 x 7 with mask A, residual blocks of two dense
    layers around a convolution of 3 x 3 with mask B follow, and two dense layers end
    it. Stacks of masked convolutions do not see all of the past: a cone above and to
    the right of each pixel is blind. `GatedPixelCNN` mends that.

    Args:
        event_shape: sequence of int. `(H, W, C)`.
        filters: int. Width of the blocks.
        num_blocks: int. How many there are.
        head_units: int. Width of the dense layer before the outputs.
        **kwargs: `num_levels`, `head`, `condition_spec`, `seed`, ... as for
            `AutoregressiveModel`.

    Example:
    >>> model = PixelCNN((5, 7, 1), filters=4, num_blocks=1, num_levels=2)
    >>> model.sample(3, seed=0).shape
    TensorShape([3, 5, 7, 1])

    Reference:
        van den Oord et al., 2016, sections 3.4 and 3.5, table 1,
        https://arxiv.org/abs/1601.06759
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        filters: int = 16,
        num_blocks: int = 15,
        *,
        head_units: int = 32,
        **kwargs,
    ):
        super().__init__(event_shape, **kwargs)
        self._check_image()
        self.filters = filters
        self.num_blocks = num_blocks
        self.head_units = head_units
        self.build()

    def make_network(self, units):
        policy = {"dtype": self.dtype_policy}

        def dense(units):
            return [
                EachPosition(keras.layers.Activation("relu", **policy), **policy),
                EachPosition(keras.layers.Dense(units, **policy), **policy),
            ]

        def block():
            relu = EachPosition(keras.layers.Activation("relu", **policy), **policy)
            conv = MaskedConv2D(self.filters, kernel_size=3, mask="B", **policy)
            width = 2 * self.filters
            return CausalResidual(
                [*dense(self.filters), relu, conv, *dense(width)], **policy
            )

        first = MaskedConv2D(2 * self.filters, kernel_size=7, mask="A", **policy)
        blocks = [block() for _ in range(self.num_blocks)]
        last = [*dense(self.head_units), *dense(units)]
        return CausalSequence([first, *blocks, *last], **policy)

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "num_blocks": self.num_blocks,
            "head_units": self.head_units,
        }
