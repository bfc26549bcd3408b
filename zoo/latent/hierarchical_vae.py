"""A VAE with several layers of latents.

    z_L ~ Normal(0, I),   z_l ~ p(z_l | z_{l+1}),   x ~ Bernoulli(decoder(z_1))

Reference:
    Sonderby, Raiko, Maaloe, Sonderby and Winther, 2016, "Ladder Variational
    Autoencoders", https://arxiv.org/abs/1602.02282
"""

import inspect
from collections.abc import Sequence

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from ...layers.blocks import over_batch
from ...layers.networks import DenseDecoder, DenseEncoder
from ..base import refusal
from .latent_variable_model import LatentVariableModel

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="genkeras")
class HierarchicalVAE(LatentVariableModel):
    """A ladder VAE of binary data, or probabilities, with dense networks.

        prior       z_L ~ Normal(0, I),   z_l ~ Normal(m_l, s_l)(z_{l+1})
        posterior   q(z_L | x) = Normal(n_L, t_L)
                    q(z_l | z_{l+1}, x): the product of Normal(n_l, t_l) and the prior's
                    Normal(m_l, s_l), so that what is known above and below is weighed
        likelihood  x ~ Bernoulli(decoder(z_1))

    where `n_l` and `t_l` come from the data by layers that read those below. Latents
    are lists, the top first: `[z_L, ..., z_1]`, `[B, Z_l]` each.

    Args:
        event_shape: sequence of int. Shape of one example.
        latent_sizes: sequence of int, at least two. Lengths of `z_1, ..., z_L`.
        hidden_units: sequence of int. Widths of the network between two layers.
        activation: str. Hidden activation.
        **kwargs: `beta`, `condition_spec`, `seed`, `name`, ... passed on.

    Call arguments:
        x: `[B, *event_shape]` floats, 0 and 1 or probabilities in between.
        condition: the condition, if the model has one, which every network sees.

    Returns:
        `[B, *event_shape]` floats: the probabilities of the reconstruction.

    Raises:
        ValueError: for fewer than two layers.

    Example:
    >>> model = HierarchicalVAE((6,), (3, 2), hidden_units=(8,))
    >>> x = np.ones([5, 6], "float32")
    >>> (top, bottom), _ = model.encode(x)
    >>> top.shape, bottom.shape, model.sample(4, seed=0).shape
    (TensorShape([5, 2]), TensorShape([5, 3]), TensorShape([4, 6]))

    Reference:
        Sonderby et al., 2016, eq. 15 to 19, https://arxiv.org/abs/1602.02282
    """

    value_range = (0.0, 1.0)

    def __init__(
        self,
        event_shape: Sequence[int],
        latent_sizes: Sequence[int] = (50, 20),
        *,
        hidden_units: Sequence[int] = (200, 200),
        activation: str = "tanh",
        **kwargs,
    ):
        if len(latent_sizes) < 2:
            raise refusal(
                "HierarchicalVAE has at least two layers of latents. Received: "
                f"latent_sizes={tuple(latent_sizes)}."
            )
        if kwargs.pop("num_levels", None) is not None:
            raise refusal(
                "HierarchicalVAE models data in [0, 1]. Received: num_levels=."
            )
        super().__init__(event_shape, sum(latent_sizes), **kwargs)
        self.latent_sizes = tuple(latent_sizes)
        self.hidden_units = tuple(hidden_units)
        self.activation = activation
        options = {"activation": activation, "dtype": self.dtype_policy}
        width, units = self.hidden_units[-1], self.hidden_units
        # From the data upwards; each gives features, of which a head makes moments.
        self.up = [DenseEncoder(width, units[:-1], **options) for _ in latent_sizes]
        self.heads = [DenseEncoder(2 * size, (), **options) for size in latent_sizes]
        # Downwards, the moments of each latent but the top given that above.
        self.down = [
            DenseEncoder(2 * size, units, **options) for size in latent_sizes[:-1]
        ]
        self.decoder = DenseDecoder(event_shape, units[::-1], **options)
        self.build()

    # === Distributions ===
    def _run(self, network, inputs, condition, event_ndims=1):
        context = self.encode_condition(condition)
        return over_batch(network, inputs, context, event_ndims=event_ndims)

    def _moments(self, network, inputs, condition):
        flat = self._run(network, inputs, condition)
        loc, raw = tf.split(tf.cast(flat, self.variable_dtype), 2, axis=-1)
        return loc, tf.nn.softplus(raw + 0.5413) + 1e-4  # 1 at the start

    def _below(self, layer, condition):
        """Returns what gives the prior's moments of a layer, of the latent above."""

        def moments(above):
            return self._moments(self.down[layer], above, condition)

        return moments

    def _downwards(self):
        return range(len(self.latent_sizes) - 2, -1, -1)

    def prior(self, condition=None):
        shape = [self.latent_sizes[-1]]
        if condition is not None:
            shape = [*self.condition_encoder.batch_shape(condition), *shape]
        zeros = tf.zeros(shape, self.variable_dtype)
        layers = [tfd.MultivariateNormalDiag(zeros, tf.ones_like(zeros))]
        for layer in self._downwards():
            moments = self._below(layer, condition)
            layers.append(_given(layer, moments))
        return tfd.JointDistributionSequential(layers)

    def posterior(self, x, condition=None):
        seen, found = x, []
        activation = keras.activations.get(self.activation)
        ndims = [len(self.event_shape), *[1] * (len(self.up) - 1)]
        for up, head, event_ndims in zip(self.up, self.heads, ndims, strict=True):
            seen = activation(self._run(up, seen, condition, event_ndims))
            found.append(self._moments(head, seen, condition))
        layers = [tfd.MultivariateNormalDiag(*found[-1])]
        for layer in self._downwards():
            below = self._below(layer, condition)
            layers.append(
                _given(layer, lambda z, n=found[layer], m=below: _product(n, m(z)))
            )
        return tfd.JointDistributionSequential(layers)

    def likelihood(self, z, condition=None):
        logits = self._run(self.decoder, z[-1], condition)
        logits = tf.cast(logits, self.variable_dtype)
        pixels = tfd.Bernoulli(logits=logits, dtype=self.variable_dtype)
        return tfd.Independent(pixels, reinterpreted_batch_ndims=len(self.event_shape))

    def latent_specs(self):
        count = len(self.latent_sizes)
        return [
            tf.TensorSpec((None, size), self.variable_dtype, name=f"z{count - i}")
            for i, size in enumerate(self.latent_sizes[::-1])
        ]

    def posterior_moments(self, q):
        """Returns means and standard deviations, each given the mean above."""
        means, stddevs = [], []
        for i in range(len(self.latent_sizes)):
            known = [*means, *[None] * (len(self.latent_sizes) - i)]
            value = known if means else None
            parts, _ = q.sample_distributions(seed=(0, 0), value=value)
            means.append(parts[i].mean())
            stddevs.append(parts[i].stddev())
        return means, stddevs

    def _xla_pays_on_cpu(self):
        return True

    # === Saving ===
    def get_config(self):
        config = super().get_config()
        for name in ("num_levels", "latent_size"):
            config.pop(name)
        return {
            **config,
            "latent_sizes": self.latent_sizes,
            "hidden_units": self.hidden_units,
            "activation": self.activation,
        }


def _given(layer, moments):
    """Returns a function from the latent above to the normal of a layer's latent."""

    def normal(above):
        return tfd.MultivariateNormalDiag(*moments(above))

    # TFP names a latent by the argument of the function that takes it.
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameter = inspect.Parameter(f"z{layer + 2}", kind)
    normal.__signature__ = inspect.Signature([parameter])
    return normal


def _product(one, other):
    """Returns the moments of the normal that is the product of two normals."""
    precisions = [1.0 / tf.square(stddev) for _, stddev in (one, other)]
    total = precisions[0] + precisions[1]
    loc = (one[0] * precisions[0] + other[0] * precisions[1]) / total
    return loc, tf.math.rsqrt(total)
