"""Spline coupling, the building block of neural spline flows."""

from collections.abc import Sequence

import keras

from ..flows import spline
from .coupling import Coupling


@keras.saving.register_keras_serializable(package="genkeras")
class SplineCoupling(Coupling):
    """Bends one half of the features by monotone splines, given the other half.

        y_a = x_a,  y_b = spline(x_b; network(x_a, context))

    Each spline has `num_bins` rational quadratics on `[-bound, bound]` and is the
    identity outside; see `RationalQuadraticSpline`. Starts as the identity.

    Args:
        hidden_units: sequence of int. Hidden widths of the conditioner.
        num_bins: int. Bins of each spline.
        bound: float. Half of the interval that moves.
        **kwargs: `flip`, `activation`, `conditioner`, ... as for `Coupling`.

    Example:
    >>> SplineCoupling(hidden_units=(8,))(tf.zeros([4, 3])).shape
    TensorShape([4, 3])

    Reference:
        Durkan et al., 2019, section 3.1, https://arxiv.org/abs/1906.04032
    """

    def __init__(
        self,
        hidden_units: Sequence[int] = (64, 64),
        *,
        num_bins: int = 8,
        bound: float = 3.0,
        flip: bool = False,
        activation: str = "relu",
        **kwargs,
    ):
        super().__init__(hidden_units, flip=flip, activation=activation, **kwargs)
        self.num_bins = num_bins
        self.bound = bound

    @property
    def parameters_per_feature(self):
        return 3 * self.num_bins - 1

    def _transformer(self, parameters):
        return spline(parameters, self.bound)

    def get_config(self):
        return {**super().get_config(), "num_bins": self.num_bins, "bound": self.bound}
