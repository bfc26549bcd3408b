"""What the two affine autoregressive flows share: all but the direction."""

import abc
from collections.abc import Sequence

import tensorflow_probability as tfp

from ...layers.flows import ActNorm, MaskedAutoregressive
from .vector_flow import VectorFlow

tfb = tfp.bijectors


class AutoregressiveFlow(VectorFlow):
    """A flow over vectors of affine autoregressive layers, in alternating order.

    A subclass says which direction takes one pass: `fast_sampling`.

    Args:
        features: int. Length `D` of each data vector, from 1 on.
        num_layers: int. Number of autoregressive layers; their order alternates.
        hidden_units: sequence of int. Hidden widths of each network.
        activation: str. Hidden activation of the networks.
        max_log_scale: float. Bound on each layer's `|log scale|`.
        act_norm: bool. Whether an `ActNorm` follows each layer, so that the first
            batch of training sets scale and location. Chains of dozens of layers learn
            better without: so many scales all move at once.
        **kwargs: `num_levels`, `condition_spec`, `seed`, ... as for `VectorFlow`.
    """

    @property
    @abc.abstractmethod
    def fast_sampling(self) -> bool:
        """Whether sampling takes one pass, and not the density."""

    def __init__(
        self,
        features: int,
        num_layers: int = 5,
        hidden_units: Sequence[int] = (64, 64),
        *,
        activation: str = "relu",
        max_log_scale: float = 3.0,
        act_norm: bool = True,
        **kwargs,
    ):
        super().__init__(features, **kwargs)
        # === Config ===
        self.num_layers = num_layers
        self.hidden_units = tuple(hidden_units)
        self.activation = activation
        self.max_log_scale = max_log_scale
        self.act_norm = act_norm
        # === Layers ===
        self.transforms = []
        for i in range(num_layers):
            self.transforms.append(self._autoregressive(i))
            if act_norm:
                self.transforms.append(ActNorm(dtype=self.dtype_policy))
        self._assemble()

    def _autoregressive(self, i):
        return MaskedAutoregressive(
            self.hidden_units,
            order="reversed" if i % 2 else "natural",
            max_log_scale=self.max_log_scale,
            activation=self.activation,
            fast_sampling=self.fast_sampling,
            dtype=self.dtype_policy,
        )

    # === Distribution ===
    @property
    def flow_layers(self):
        return self.transforms

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "num_layers": self.num_layers,
            "hidden_units": self.hidden_units,
            "activation": self.activation,
            "max_log_scale": self.max_log_scale,
            "act_norm": self.act_norm,
        }
