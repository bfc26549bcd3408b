"""The conditional VAE with a prior that sees the condition.

    z ~ p(z | c),   x ~ p(x | z, c),   q(z | x, c)

Reference:
    Sohn, Lee and Yan, 2015, "Learning Structured Output Representation using Deep
    Conditional Generative Models", https://papers.nips.cc/paper/5775
"""

from collections.abc import Sequence

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from ...layers.blocks import over_batch
from ...layers.networks import DenseEncoder
from ..base import refusal
from .vae import VAE

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="genkeras")
class ConditionalVAE(VAE):
    """A VAE of which everything is conditioned, the prior too.

        p(x | c) = E_{z ~ p(z | c)}[p(x | z, c)],   p(z | c) = Normal(m(c), s(c))

    A `VAE` with `condition_spec` has one prior for all conditions; here a network of
    the condition gives its moments. Of use where a condition leaves several answers,
    such as the rest of a picture of which a part is known.

    Args:
        event_shape: sequence of int, as for `VAE`.
        latent_size: int, as for `VAE`.
        condition_spec: dict. What the model is conditioned on; see `GenerativeModel`.
        prior_units: None for `hidden_units`, or the widths of the prior's network.
        **kwargs: as for `VAE`, but for `learned_prior`.

    Call arguments:
        x: `[B, *event_shape]` floats, 0 and 1 or probabilities in between.
        condition: the condition of each.

    Returns:
        `[B, *event_shape]` floats: the probabilities of the reconstruction.

    Raises:
        ValueError: without a condition, or with another learned prior.

    Example:
    >>> model = ConditionalVAE(
    ...     (4,), 2, condition_spec={"shape": [3]}, hidden_units=(8,)
    ... )
    >>> x, condition = np.ones([5, 4], "float32"), np.zeros([5, 3], "float32")
    >>> model.elbo(x, condition).shape, model.prior(condition).batch_shape
    (TensorShape([5]), TensorShape([5]))

    Reference:
        Sohn et al., 2015, section 4.1, https://papers.nips.cc/paper/5775
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        latent_size: int = 50,
        *,
        condition_spec: dict | None = None,
        hidden_units: Sequence[int] = (200, 200),
        prior_units: Sequence[int] | None = None,
        **kwargs,
    ):
        if condition_spec is None or kwargs.pop("learned_prior", None) is not None:
            raise refusal(
                "ConditionalVAE learns a prior of its condition, and takes no other. "
                f"Received: condition_spec={condition_spec}."
            )
        self.prior_units = None if prior_units is None else tuple(prior_units)
        super().__init__(
            event_shape,
            latent_size,
            condition_spec=condition_spec,
            hidden_units=hidden_units,
            **kwargs,
        )

    def _check_networks(self):
        super()._check_networks()
        # The other networks stand; this one reads the condition alone.
        self.prior_network = DenseEncoder(
            2 * self.latent_size,
            self.hidden_units if self.prior_units is None else self.prior_units,
            activation=self.activation,
            dtype=self.dtype_policy,
        )

    def prior(self, condition=None):
        context = self.encode_condition(condition)
        flat = over_batch(self.prior_network, context, event_ndims=1)
        flat = tf.cast(flat, self.variable_dtype)
        loc, raw = tf.split(flat, 2, axis=-1)
        return tfd.MultivariateNormalDiag(loc, tf.nn.softplus(raw + 0.5413) + 1e-4)

    def get_config(self):
        config = super().get_config()
        config.pop("learned_prior")
        return {**config, "prior_units": self.prior_units}
