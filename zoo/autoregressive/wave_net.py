"""WaveNet: dilated causal convolutions over the samples of sound.

Reference:
    van den Oord et al., 2016, "WaveNet: A Generative Model for Raw Audio",
    https://arxiv.org/abs/1609.03499
"""

from collections.abc import Sequence

import keras
import tensorflow as tf

from ...layers.blocks import FrameUpsampling
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
    network looks back over `receptive_field` samples. A condition shifts the gates of
    every block: all of a wave alike, as the label of a spoken word does, or frame by
    frame, as spectra and pitches do. Frames are spread over the samples that they last
    by `FrameUpsampling`, once a wave.

    Args:
        length: int. How many samples an example has.
        filters: int. Width of the residual path.
        skip_filters: int. Width of the skips, and of the last hidden layer.
        dilation_rates: sequence of int, one a block.
        num_levels: int. How many levels the wave has.
        kernel_size: int. Of the dilated convolutions.
        sample_rate: None, or how many samples make a second, for those who listen.
        frames: None, or the name of the part of the condition that has a vector for
            each frame: `{"spectra": {"shape": [F, D]}}` and `frames="spectra"`.
        **kwargs: `head`, `condition_spec`, `seed`, ... as for `AutoregressiveModel`.

    Example:
    >>> model = WaveNet(20, 4, 8, (1, 2, 4), num_levels=16)
    >>> model.sample(3, seed=0).shape, model.receptive_field
    (TensorShape([3, 20]), 9)
    >>> spec = {"pitch": {"shape": [5, 1]}, "word": {"num_classes": 10}}
    >>> model = WaveNet(20, 4, 8, (1, 2), condition_spec=spec, frames="pitch")
    >>> given = {"pitch": tf.ones([1, 5, 1]), "word": [7]}
    >>> model.sample(3, condition=given, seed=0).shape
    TensorShape([3, 20])

    Raises:
        ValueError: for frames that the condition does not have.

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
        frames: str | None = None,
        **kwargs,
    ):
        super().__init__((length,), num_levels=num_levels, **kwargs)
        self.length = length
        self.filters = filters
        self.skip_filters = skip_filters
        self.dilation_rates = tuple(int(rate) for rate in dilation_rates)
        self.kernel_size = kernel_size
        self.sample_rate = sample_rate
        self.frames = frames
        self.upsampling = None
        if frames is not None:
            self._check_frames()
            self.upsampling = FrameUpsampling(length, dtype=self.dtype_policy)
        self.build()

    def _check_frames(self):
        spec = self.condition_spec or {}
        leaf = spec.get(self.frames, {})
        if not isinstance(leaf, dict) or len(leaf.get("shape", ())) != 2:
            raise ValueError(
                "WaveNet takes as frames= the name of a part of the condition of shape "
                f"[F, D]. Received: frames={self.frames!r}, condition_spec={spec}."
            )

    @property
    def receptive_field(self) -> int:
        """How many earlier samples each one is predicted from."""
        # One more by the first convolution, of two samples.
        return (self.kernel_size - 1) * sum(self.dilation_rates) + 2

    # Its many small operations cost a graph far more than XLA.
    num_positions_for_xla = 4_000

    def to_network(self, x):
        return x  # levels, which the network looks up

    # === Frames ===
    def encode_condition(self, condition):
        if self.upsampling is None or condition is None:
            return super().encode_condition(condition)
        condition = dict(condition)
        each = self.upsampling(condition.pop(self.frames))  # [B, T, D]
        if not condition:
            return each
        whole = self.condition_encoder(condition)[:, None]  # [B, 1, C]
        return tf.concat([each, tf.repeat(whole, self.length, axis=1)], axis=-1)

    def _context_shape(self):
        if self.upsampling is None:
            return super()._context_shape()
        frames, width = self.condition_spec[self.frames]["shape"]
        return (None, self.length, self.condition_size - (frames - 1) * width)

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
            "frames": self.frames,
        }
