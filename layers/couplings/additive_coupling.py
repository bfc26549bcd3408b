"""Additive coupling, the building block of NICE."""

from collections.abc import Sequence

import keras
import tensorflow_probability as tfp

from .coupling import Coupling

tfb = tfp.bijectors


@keras.saving.register_keras_serializable(package="genkeras")
class AdditiveCoupling(Coupling):
    """Shifts one half of the features, given the other half.

        y_a = x_a,  y_b = x_b + network(x_a, context)

    Preserves volume: the log-determinant is exactly 0.

    Where half `b` is as likely as `-b` given half `a`, the identity is a local optimum:
    by itself any shift `m(a)` of a standard normal `b` costs `E[m^2] / 2` nats. Chains
    that started there stayed there, so the network starts at random unless told.

    Args:
        hidden_units: sequence of int. Hidden widths of the conditioner.
        identity_start: bool. Whether the layer starts as the identity. Good for data
            that is not symmetric about its mean, such as images.
        **kwargs: `flip`, `activation`, `conditioner`, ... as for `Coupling`.

    Example:
    >>> AdditiveCoupling(hidden_units=(8,))(tf.zeros([4, 3])).shape
    TensorShape([4, 3])

    Reference:
        Dinh et al., 2015, section 3.2, https://arxiv.org/abs/1410.8516
    """

    def __init__(
        self,
        hidden_units: Sequence[int] = (64, 64),
        *,
        identity_start: bool = False,
        **kwargs,
    ):
        super().__init__(hidden_units, **kwargs)
        self.identity_start = identity_start

    @property
    def parameters_per_feature(self):
        return 1

    def _transformer(self, parameters):
        return tfb.Shift(parameters[..., 0])

    def get_config(self):
        return {**super().get_config(), "identity_start": self.identity_start}
