"""IAF: autoregressive layers that sample in one pass.

    x_i = exp(-s_i) (z_i - t_i),  t_i and s_i from z_1 .. z_(i-1),  z ~ Normal(0, 1)

Reference:
    Kingma, Salimans, Jozefowicz, Chen, Sutskever and Welling, 2016, "Improving
    Variational Inference with Inverse Autoregressive Flow",
    https://arxiv.org/abs/1606.04934
"""

from collections.abc import Sequence

import keras
import tensorflow_probability as tfp

from ..layers.act_norm import ActNorm
from ..layers.masked_autoregressive import MaskedAutoregressive
from .normalizing_flow import NormalizingFlow

tfb = tfp.bijectors


@keras.saving.register_keras_serializable(package="genkeras")
class IAF(NormalizingFlow):
    """A flow over vectors with fast sampling and sequential densities.

    MAF with its two directions exchanged. Made for samplers that score what they have
    drawn, as in variational inference; `fit` works too, with exact gradients, a few
    times slower than for `MAF`. Starts as the identity.

    Args:
        features: int. Length `D` of each data vector, from 1 on.
        num_layers: int. Number of autoregressive layers; their order alternates.
        hidden_units: sequence of int. Hidden widths of each network.
        activation: str. Hidden activation of the networks.
        max_log_scale: float. Bound on each layer's `|log scale|`.
        act_norm: bool. Whether an `ActNorm` follows each layer, so that the first
            batch of training sets scale and location.
        num_levels: None, or the number of levels of discrete data.
        condition_spec: None, or what the density is conditioned on; see
            `GenerativeModel`.
        **kwargs: `alpha`, `seed`, `name`, `dtype`, ... passed on.

    Call arguments:
        x: `[B, D]` floats, or raw levels if `num_levels` is given.
        condition: the condition, if the model has one.

    Returns:
        `[B]` floats: `log p(x)` in nats.

    Example:
    >>> model = IAF(features=3, num_layers=2, hidden_units=(16,))
    >>> model.log_prob(np.zeros([4, 3], "float32")).numpy().round(3)
    array([-2.757, -2.757, -2.757, -2.757], dtype=float32)

    Reference:
        Kingma et al., 2016, section 3, https://arxiv.org/abs/1606.04934
    """

    def __init__(
        self,
        features: int,
        num_layers: int = 5,
        hidden_units: Sequence[int] = (64, 64),
        *,
        activation: str = "relu",
        max_log_scale: float = 3.0,
        act_norm: bool = True,
        num_levels: int | None = None,
        condition_spec: dict | None = None,
        **kwargs,
    ):
        super().__init__(
            (features,), num_levels=num_levels, condition_spec=condition_spec, **kwargs
        )
        # === Config ===
        self.features = features
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
        for layer in self.transforms:
            layer.build((None, features), self._context_shape())
        self.build()

    def _autoregressive(self, i):
        return MaskedAutoregressive(
            self.hidden_units,
            order="reversed" if i % 2 else "natural",
            max_log_scale=self.max_log_scale,
            activation=self.activation,
            fast_sampling=True,
            dtype=self.dtype_policy,
        )

    # === Distribution ===
    def bijector(self, condition=None):
        return tfb.Chain([t.bijector(condition) for t in reversed(self.transforms)])

    # === Saving ===
    def get_config(self):
        config = super().get_config()
        config.pop("event_shape")
        return {
            **config,
            "features": self.features,
            "num_layers": self.num_layers,
            "hidden_units": self.hidden_units,
            "activation": self.activation,
            "max_log_scale": self.max_log_scale,
            "act_norm": self.act_norm,
        }
