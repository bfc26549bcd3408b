"""PixelRNN: recurrences over the rows or the diagonals of an image.

Reference:
    van den Oord, Kalchbrenner and Kavukcuoglu, 2016, "Pixel Recurrent Neural
    Networks", https://arxiv.org/abs/1601.06759
"""

from collections.abc import Sequence

import keras

from ...layers.causal import (
    CausalResidual,
    CausalSequence,
    DiagonalBiLSTM,
    EachPosition,
    MaskedConv2D,
    RowLSTM,
)
from .autoregressive_model import AutoregressiveModel


@keras.saving.register_keras_serializable(package="genkeras")
class PixelRNN(AutoregressiveModel):
    """A stack of LSTMs over an image, with short-cuts.

    A convolution of 7 x 7 with mask A, then blocks of an LSTM and a dense layer around
    which there is a short-cut, then two dense layers. `cell="row"` runs down the rows,
    quick, and blind to part of the past; `cell="diagonal"` takes `H + W - 1` steps a
    layer, and sees all of it but the last pixel of the row above, which is seen by the
    convolution alone.

    Args:
        event_shape: sequence of int. `(H, W, C)`.
        units: int. Width of the LSTMs; the blocks are twice as wide.
        num_blocks: int. How many there are.
        cell: "row" or "diagonal".
        head_units: int. Width of the dense layer before the outputs.
        **kwargs: `num_levels`, `head`, `condition_spec`, `seed`, ... as for
            `AutoregressiveModel`.

    Raises:
        ValueError: for another `cell`, and for an event that is no image.

    Example:
    >>> model = PixelRNN((5, 7, 1), units=4, num_blocks=1, num_levels=2)
    >>> model.sample(3, seed=0).shape
    TensorShape([3, 5, 7, 1])

    Reference:
        van den Oord et al., 2016, sections 3.1 to 3.3 and table 1,
        https://arxiv.org/abs/1601.06759
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        units: int = 16,
        num_blocks: int = 7,
        *,
        cell: str = "row",
        head_units: int = 32,
        **kwargs,
    ):
        super().__init__(event_shape, **kwargs)
        self._check_image()
        if cell not in ("row", "diagonal"):
            raise ValueError(
                f"PixelRNN takes cell='row' or 'diagonal'. Received: cell={cell!r}."
            )
        self.units = units
        self.num_blocks = num_blocks
        self.cell = cell
        self.head_units = head_units
        self.build()

    def make_network(self, units):
        policy = {"dtype": self.dtype_policy}
        lstm = {"row": RowLSTM, "diagonal": DiagonalBiLSTM}[self.cell]
        width = 2 * self.units

        def dense(units):
            return EachPosition(keras.layers.Dense(units, **policy), **policy)

        def relu():
            return EachPosition(keras.layers.Activation("relu", **policy), **policy)

        def block():
            layers = [lstm(self.units, **policy), dense(width)]
            return CausalResidual(layers, **policy)

        first = MaskedConv2D(width, kernel_size=7, mask="A", **policy)
        blocks = [block() for _ in range(self.num_blocks)]
        last = [relu(), dense(self.head_units), relu(), dense(units)]
        return CausalSequence([first, *blocks, *last], **policy)

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "num_blocks": self.num_blocks,
            "cell": self.cell,
            "head_units": self.head_units,
        }
