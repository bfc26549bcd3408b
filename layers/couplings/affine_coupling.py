"""Affine coupling, the building block of RealNVP."""

from collections.abc import Sequence

import keras

from ..flows import bounded_affine
from .coupling import Coupling


@keras.saving.register_keras_serializable(package="genkeras")
class AffineCoupling(Coupling):
    """Shifts and scales one half of the features, given the other half.

        y_a = x_a
        y_b = exp(s) * x_b + t,   t, r = network(x_a, context)
        s = max_log_scale * tanh(r / max_log_scale)

    The log-determinant is `sum(s)`. Starts as the identity.

    Args:
        hidden_units: sequence of int. Hidden widths of the conditioner.
        max_log_scale: float. Bound on `|s|`, so that a bad step cannot overflow
            `exp`.
        **kwargs: `flip`, `activation`, `conditioner`, ... as for `Coupling`.

    Example:
    >>> AffineCoupling(hidden_units=(8,))(tf.zeros([4, 3])).shape
    TensorShape([4, 3])

    Reference:
        Dinh et al., 2017, eq. 7-8, https://arxiv.org/abs/1605.08803
    """

    def __init__(
        self,
        hidden_units: Sequence[int] = (64, 64),
        *,
        flip: bool = False,
        activation: str = "relu",
        max_log_scale: float = 3.0,
        **kwargs,
    ):
        super().__init__(hidden_units, flip=flip, activation=activation, **kwargs)
        self.max_log_scale = max_log_scale

    @property
    def parameters_per_feature(self):
        return 2

    def _transformer(self, parameters):
        return bounded_affine(parameters, self.max_log_scale)

    def get_config(self):
        return {**super().get_config(), "max_log_scale": self.max_log_scale}
