"""WaveNet: dilated causal convolutions over the samples of sound.

Reference:
    van den Oord et al., 2016, "WaveNet: A Generative Model for Raw Audio",
    https://arxiv.org/abs/1609.03499
"""

from collections.abc import Sequence

import keras

from ...layers.causal import (
    CausalConv1D,
    CausalSequence,
    EachPosition,
    Shift,
    TokenEmbedding,
    WaveNetStack,
)
from .autoregressive_model import AutoregressiveModel


@keras.saving.register_keras_serializable(package="genkeras")
class WaveNet(AutoregressiveModel):
    """Predicts each level of a wave from those before it, by dilated convolutions.

    Waves are levels `0 .. num_levels - 1`, as `mu_law_levels` makes them of floats. The
    network looks back over `receptive_field` samples. A condition, such as the label of
    a spoken word, shifts the gates of every block.

    Args:
        length: int. How many samples an example has.
        filters: int. Width of the residual path.
        skip_filters: int. Width of the skips, and of the last hidden layer.
        dilation_rates: sequence of int, one a block.
        num_levels: int. How many levels the wave has.
        kernel_size: int. Of the dilated convolutions.
        sample_rate: None, or how many samples make a second, for those who listen.
        **kwargs: `head`, `condition_spec`, `seed`, ... as for `AutoregressiveModel`.

    Example:
    >>> model = WaveNet(20, 4, 8, (1, 2, 4), num_levels=16)
    >>> model.sample(3, seed=0).shape, model.receptive_field
    (TensorShape([3, 20]), 9)

    Reference:
        van den Oord et al., 2016, section 2, https://arxiv.org/abs/1609.03499
    """

    def __init__(
        self,
        length: int,
        filters: int = 32,
        skip_filters: int = 128,
        dilation_rates: Sequence[int] = 2 * (1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
        *,
        num_levels: int = 256,
        kernel_size: int = 2,
        sample_rate: int | None = None,
        **kwargs,
    ):
        super().__init__((length,), num_levels=num_levels, **kwargs)
        self.length = length
        self.filters = filters
        self.skip_filters = skip_filters
        self.dilation_rates = tuple(int(rate) for rate in dilation_rates)
        self.kernel_size = kernel_size
        self.sample_rate = sample_rate
        self.build()

    @property
    def receptive_field(self) -> int:
        """How many earlier samples each one is predicted from."""
        # One more by the first convolution, of two samples.
        return (self.kernel_size - 1) * sum(self.dilation_rates) + 2

    def to_network(self, x):
        return x  # levels, which the network looks up

    def make_network(self, units):
        policy = {"dtype": self.dtype_policy}
        layers = keras.layers
        return CausalSequence(
            [
                TokenEmbedding(self.num_levels, self.filters, **policy),
                Shift(**policy),
                CausalConv1D(self.filters, kernel_size=2, **policy),
                WaveNetStack(
                    self.filters,
                    self.skip_filters,
                    self.dilation_rates,
                    kernel_size=self.kernel_size,
                    **policy,
                ),
                EachPosition(
                    layers.Dense(self.skip_filters, activation="relu", **policy),
                    **policy,
                ),
                EachPosition(layers.Dense(units, **policy), **policy),
            ],
            **policy,
        )

    # === Saving ===
    def get_config(self):
        config = super().get_config()
        config.pop("event_shape")
        return {
            **config,
            "length": self.length,
            "filters": self.filters,
            "skip_filters": self.skip_filters,
            "dilation_rates": self.dilation_rates,
            "kernel_size": self.kernel_size,
            "sample_rate": self.sample_rate,
        }
