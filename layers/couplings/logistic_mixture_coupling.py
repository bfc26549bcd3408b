"""Logistic-mixture coupling, the building block of Flow++."""

from collections.abc import Sequence

import keras
import tensorflow_probability as tfp

from ..flows import mixture_then_affine
from .coupling import Coupling

tfb = tfp.bijectors


@keras.saving.register_keras_serializable(package="genkeras")
class LogisticMixtureCoupling(Coupling):
    """Bends one half of the features by mixtures of logistics, given the other half.

        x_a = y_a
        x_b = exp(s) * logit(F(y_b)) + t,  with s, t and F from network(y_a, context)

    `F` is the distribution function of a mixture of `num_components` logistics; see
    `LogisticMixtureCDF`. The formula runs from data `y` to noise `x`, so that training
    evaluates it; sampling searches for its root. Starts near the identity: equal
    components would stay equal, so they start apart.

    Args:
        hidden_units: sequence of int. Hidden widths of the conditioner.
        num_components: int. Logistics in each mixture; the paper takes 32.
        max_log_scale: float. Bound on `|s|` and on every component's `|log scale|`.
        **kwargs: `flip`, `activation`, `conditioner`, ... as for `Coupling`.

    Example:
    >>> LogisticMixtureCoupling(hidden_units=(8,))(tf.zeros([4, 3])).shape
    TensorShape([4, 3])

    Reference:
        Ho et al., 2019, section 3.2, https://arxiv.org/abs/1902.00275
    """

    def __init__(
        self,
        hidden_units: Sequence[int] = (64, 64),
        *,
        num_components: int = 8,
        max_log_scale: float = 3.0,
        flip: bool = False,
        activation: str = "relu",
        **kwargs,
    ):
        super().__init__(hidden_units, flip=flip, activation=activation, **kwargs)
        self.num_components = num_components
        self.max_log_scale = max_log_scale

    @property
    def parameters_per_feature(self):
        return 3 * self.num_components + 2

    def _transformer(self, parameters):
        return tfb.Invert(mixture_then_affine(parameters, self.max_log_scale))

    def get_config(self):
        return {
            **super().get_config(),
            "num_components": self.num_components,
            "max_log_scale": self.max_log_scale,
        }
