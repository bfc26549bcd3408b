"""RealNVP: a normal base seen through a stack of affine couplings.

    x = f_K( ... f_1(z)),   z ~ Normal(0, 1),   log p(x) = log p(z) - log|det df/dz|

Reference:
    Dinh, Sohl-Dickstein and Bengio, 2017, "Density estimation using Real NVP",
    https://arxiv.org/abs/1605.08803
"""

from collections.abc import Sequence

import keras
import tensorflow_probability as tfp

from ...layers.couplings import AffineCoupling
from .vector_flow import VectorFlow

tfb = tfp.bijectors


@keras.saving.register_keras_serializable(package="genkeras")
class RealNVP(VectorFlow):
    """A flow over vectors that is fast both ways.

    Couplings alternate in which half they move, so that two of them reach every
    feature. Starts as the identity.

    Args:
        features: int. Length `D` of each data vector, at least 2.
        num_couplings: int. Number of coupling layers.
        hidden_units: sequence of int. Hidden widths of each conditioner.
        activation: str. Hidden activation of the conditioners.
        max_log_scale: float. Bound on each coupling's `|log scale|`.
        **kwargs: `num_levels`, `condition_spec`, `seed`, ... as for `VectorFlow`.

    Example:
    >>> x = np.random.default_rng(0).normal(size=(64, 2))
    >>> model = RealNVP(features=2)
    >>> model.compile("adam")
    >>> _ = model.fit(x, epochs=1, verbose=0)
    >>> model.log_prob(x).shape, model.sample(16, seed=0).shape
    (TensorShape([64]), TensorShape([16, 2]))

    Reference:
        Dinh et al., 2017, section 3, https://arxiv.org/abs/1605.08803
    """

    def __init__(
        self,
        features: int,
        num_couplings: int = 8,
        hidden_units: Sequence[int] = (64, 64),
        *,
        activation: str = "relu",
        max_log_scale: float = 3.0,
        **kwargs,
    ):
        super().__init__(features, **kwargs)
        # === Config ===
        self.num_couplings = num_couplings
        self.hidden_units = tuple(hidden_units)
        self.activation = activation
        self.max_log_scale = max_log_scale
        # === Layers ===
        self.couplings = [
            AffineCoupling(
                hidden_units,
                flip=bool(i % 2),
                activation=activation,
                max_log_scale=max_log_scale,
                dtype=self.dtype_policy,
            )
            for i in range(num_couplings)
        ]
        self._assemble()

    # === Distribution ===
    @property
    def flow_layers(self):
        return self.couplings

    def _xla_pays_on_cpu(self):
        # Measured: 22.5 to 14.7 ms a step at D=784, 4.7 to 6.7 ms at D=2.
        return self.features >= 32

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "num_couplings": self.num_couplings,
            "hidden_units": self.hidden_units,
            "activation": self.activation,
            "max_log_scale": self.max_log_scale,
        }
