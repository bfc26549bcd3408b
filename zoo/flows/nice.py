"""NICE: volume-preserving couplings, then one learned factor per feature.

    x = exp(s) * f_K( ... f_1(z)),   z ~ Logistic(0, 1),   log|det dx/dz| = sum(s)

Reference:
    Dinh, Krueger and Bengio, 2015, "NICE: Non-linear Independent Components
    Estimation", https://arxiv.org/abs/1410.8516
"""

from collections.abc import Sequence

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from ...layers.couplings import AdditiveCoupling
from ...layers.flows import DiagonalScaling
from .vector_flow import VectorFlow

tfb, tfd = tfp.bijectors, tfp.distributions


@keras.saving.register_keras_serializable(package="genkeras")
class NICE(VectorFlow):
    """A flow over vectors whose log-determinant is the same everywhere.

    Args:
        features: int. Length `D` of each data vector, at least 2.
        num_couplings: int. Number of additive couplings; the paper takes 4.
        hidden_units: sequence of int. Hidden widths of each conditioner; the paper
            takes five of 1000 for MNIST.
        activation: str. Hidden activation of the conditioners.
        base: "logistic", as in the paper for MNIST, or "normal".
        identity_start: bool. Whether the couplings start as the identity, out of which
            data that is symmetric about its mean does not let them; images do.
        **kwargs: `num_levels`, `condition_spec`, `seed`, ... as for `VectorFlow`.

    Raises:
        ValueError: for another `base`.

    Example:
    >>> model = NICE(3, num_couplings=2, hidden_units=(16,), identity_start=True)
    >>> model.log_prob(np.zeros([4, 3], "float32")).numpy().round(3)
    array([-4.159, -4.159, -4.159, -4.159], dtype=float32)

    Reference:
        Dinh et al., 2015, sections 3 and 5.1, https://arxiv.org/abs/1410.8516
    """

    def __init__(
        self,
        features: int,
        num_couplings: int = 4,
        hidden_units: Sequence[int] = (64, 64),
        *,
        activation: str = "relu",
        base: str = "logistic",
        identity_start: bool = False,
        **kwargs,
    ):
        super().__init__(features, **kwargs)
        if base not in ("logistic", "normal"):
            raise ValueError(
                f"NICE takes base='logistic' or 'normal'. Received: base={base!r}."
            )
        # === Config ===
        self.num_couplings = num_couplings
        self.hidden_units = tuple(hidden_units)
        self.activation = activation
        self.base = base
        self.identity_start = identity_start
        # === Layers ===
        self.couplings = [
            AdditiveCoupling(
                hidden_units,
                flip=bool(i % 2),
                activation=activation,
                identity_start=identity_start,
                dtype=self.dtype_policy,
            )
            for i in range(num_couplings)
        ]
        self.scaling = DiagonalScaling(dtype=self.dtype_policy)
        self._assemble()

    # === Distribution ===
    def base_distribution(self, batch_shape=()):
        kind = tfd.Logistic if self.base == "logistic" else tfd.Normal
        return self._independent(kind, batch_shape)

    @property
    def flow_layers(self):
        return [*self.couplings, self.scaling]

    def _to_levels(self):
        # The paper scales pixels to [0, 1] and takes no logit.
        return tfb.Scale(tf.constant(self.num_levels, self.variable_dtype))

    def _xla_pays_on_cpu(self):
        return self.features >= 32  # as measured for RealNVP

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "num_couplings": self.num_couplings,
            "hidden_units": self.hidden_units,
            "activation": self.activation,
            "base": self.base,
            "identity_start": self.identity_start,
        }
