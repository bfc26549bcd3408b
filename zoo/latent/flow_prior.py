"""A flow in the place of a standard normal."""

from collections.abc import Sequence

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from ...layers.flows import FlowSequence, MaskedAutoregressive
from .learned_prior import LearnedPrior

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="genkeras")
class FlowPrior(LearnedPrior):
    """`z = flow(e), e ~ Normal(0, I)`, by autoregressive steps.

    The density of a latent takes one pass, a draw one for each of its numbers. It
    starts as the standard normal.

    Args:
        num_layers: int. How many steps, of which every second one goes backwards.
        hidden_units: sequence of int. Widths of their networks.
        **kwargs: passed on.

    Example:
    >>> prior = FlowPrior(2, (8,))
    >>> prior.build(2)
    >>> prior.distribution().log_prob(tf.zeros([3, 2])).numpy().round(3)
    array([-1.838, -1.838, -1.838], dtype=float32)

    Reference:
        Chen et al., 2017, "Variational Lossy Autoencoder", section 3.2,
        https://arxiv.org/abs/1611.02731
    """

    def __init__(
        self, num_layers: int = 2, hidden_units: Sequence[int] = (64,), **kwargs
    ):
        super().__init__(**kwargs)
        self.num_layers = num_layers
        self.hidden_units = tuple(hidden_units)
        self.flow = FlowSequence(
            [
                MaskedAutoregressive(
                    self.hidden_units,
                    order="reversed" if i % 2 else "natural",
                    activation="elu",
                    dtype=self.dtype_policy,
                )
                for i in range(num_layers)
            ],
            dtype=self.dtype_policy,
        )

    def build(self, latent_size):
        self.latent_size = latent_size
        self.flow.build((None, latent_size))

    def distribution(self):
        zeros = tf.zeros([self.latent_size], self.variable_dtype)
        normal = tfd.MultivariateNormalDiag(zeros, tf.ones_like(zeros))
        return tfd.TransformedDistribution(normal, self.flow.bijector())

    def get_config(self):
        return {
            **super().get_config(),
            "num_layers": self.num_layers,
            "hidden_units": self.hidden_units,
        }
