"""The variational autoencoder.

    z ~ Normal(0, I),   x ~ Bernoulli(decoder(z)),   q(z|x) = Normal(encoder(x))

and, with an inverse autoregressive flow on top, q(z|x) = flow_h(Normal(encoder(x))).

Reference:
    Kingma and Welling, 2014, "Auto-Encoding Variational Bayes",
    https://arxiv.org/abs/1312.6114
    Kingma, Salimans, Jozefowicz, Chen, Sutskever and Welling, 2016, "Improving
    Variational Inference with Inverse Autoregressive Flow",
    https://arxiv.org/abs/1606.04934
"""

import statistics
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from ...layers.blocks import (
    check_network,
    over_batch,
    refuse_sigmoid,
    revive_networks,
    run_network,
    seeded_permutation,
    serialize_network,
    serialize_networks,
)
from ...layers.flows import FlowSequence, MaskedAutoregressive
from .architectures import networks_of
from .bernoulli_likelihood import BernoulliLikelihood
from .latent_variable_model import LatentVariableModel
from .learned_prior import LearnedPrior
from .likelihood import Likelihood

tfd = tfp.distributions

# Antithetic pairs of draws that stand for a posterior without closed moments.
_MOMENT_PAIRS = 64


@keras.saving.register_keras_serializable(package="genkeras")
class VAE(LatentVariableModel):
    """A VAE of binary data, or probabilities, with networks of several kinds.

    The posterior is a normal with independent latents, or, given `num_flows`, such a
    normal sent through an inverse autoregressive flow that has seen `x`:

        z_0 = m(x) + s(x) * e,   e ~ Normal(0, I)
        z_k,i = c_k,i / c_0 z_(k-1),i + (1 - c_k,i) t_k,i
        log q(z_K | x) = log Normal(z_0; m(x), s(x)) - sum log(c_k,i / c_0)

    where the gate `c_k,i` in (0, 1) and its target `t_k,i` come from `h(x)` and from
    `z_(k-1),j` for `j` before `i`, in an order that is reversed from one step to the
    next; `m`, `s` and `h` are outputs of the encoder. A draw and its density take one
    pass, in training and in both bounds; `posterior(x).log_prob` of any other `z` is
    exact too, and slower. All gates start at `c_0 = sigmoid(2)`, and the flow as the
    identity.

    `covariance="full"` lets the latents of the posterior depend on each other, in place
    of a flow: `q(z|x) = Normal(m(x), L(x) L(x)')`.

    The moments of a flow have no closed form: `encode` and `reconstruct` then take
    those of 64 antithetic pairs of draws, the same at each call. They are exact while
    the flow is the identity, or scales and shifts each latent by itself.

    Args:
        event_shape: sequence of int. Shape of one example; `(H, W, C)` for the
            convolutional networks.
        latent_size: int. Length `Z` of the latent vector.
        encoder: None, or your own Keras layer or model from `[B, *event_shape]` to
            `[B, 2 * Z + context]`: the means, what softplus makes the standard
            deviations, and `h(x)` where there is a flow, or what is below the diagonal
            of `L(x)`. In a conditional model it
            takes the encoded condition, `[B, C]`, as a second argument.
        decoder: None, or your own from `[B, Z]` to logits `[B, *event_shape]`, or to
            what `likelihood` has for parameters, with the same second argument.
        hidden_units: sequence of int. Widths of the encoder's dense hidden layers; the
            decoder has them in reverse order.
        filters: None for dense networks, or the maps of the encoder's stride-2
            convolutions or blocks; the decoder has them in reverse order.
        architecture: None for "dense", or "convolutional" given `filters`; "resnet";
            or "fully_convolutional", whose latents are maps: `latent_size` is a
            multiple of the places `h w` of the smallest image, and `z` reshaped to
            `[B, Z / (h w), h, w]` holds them. The prior is that of any `z`: by default
            each map at each place is a standard normal by itself.
        activation: str. Hidden activation of encoder and decoder.
        num_flows: int. Steps of the posterior's flow; 0 for independent latents.
        flow_units: sequence of int. Hidden widths of the network of each step.
        context_size: int. Length of `h(x)`, what each step sees of the data.
        covariance: str. "diagonal", or "full", of the posterior without a flow.
        likelihood: None for `BernoulliLikelihood`, or another `Likelihood`. Those of
            levels want `num_levels`.
        learned_prior: None for the standard normal, or a `LearnedPrior`.
        beta: float. Weight of the rate in the loss; see `LatentVariableModel`.
        condition_spec: None, or what both networks are conditioned on; see
            `GenerativeModel`.
        **kwargs: `seed`, `name`, `dtype`, ... passed on.

    Call arguments:
        x: `[B, *event_shape]` floats, 0 and 1 or probabilities in between; what
            another likelihood takes.
        condition: the condition, if the model has one.

    Returns:
        `[B, *event_shape]` floats: the probabilities, or means, of the reconstruction.

    Raises:
        ValueError: for data outside `[0, 1]`, or of another shape; for networks that
            map other shapes than these, and a decoder that ends in a sigmoid.

    Example:
    >>> model = VAE(event_shape=(8, 8, 1), latent_size=4, hidden_units=(32,))
    >>> x = np.ones([5, 8, 8, 1], "float32")
    >>> model.elbo(x).shape, model.sample(3, seed=0).shape
    (TensorShape([5]), TensorShape([3, 8, 8, 1]))
    >>> model = VAE((8, 8, 1), 4, hidden_units=(32,), num_flows=2, flow_units=(16,))
    >>> z, log_q = model.posterior(x).experimental_sample_and_log_prob()
    >>> z.shape, log_q.shape
    (TensorShape([5, 4]), TensorShape([5]))

    Reference:
        Kingma and Welling, 2014, appendix C, https://arxiv.org/abs/1312.6114;
        Kingma et al., 2016, section 4, https://arxiv.org/abs/1606.04934
    """

    value_range = (0.0, 1.0)

    def __init__(
        self,
        event_shape: Sequence[int],
        latent_size: int = 50,
        *,
        encoder: keras.layers.Layer | dict | None = None,
        decoder: keras.layers.Layer | dict | None = None,
        hidden_units: Sequence[int] = (200, 200),
        filters: Sequence[int] | None = None,
        architecture: str | None = None,
        activation: str = "tanh",
        num_flows: int = 0,
        flow_units: Sequence[int] = (320,),
        context_size: int = 100,
        covariance: str = "diagonal",
        likelihood: Likelihood | dict | None = None,
        learned_prior: LearnedPrior | dict | None = None,
        beta: float = 1.0,
        condition_spec: dict | None = None,
        **kwargs,
    ):
        family = _revived(likelihood) or BernoulliLikelihood()
        _check_levels(family, kwargs.get("num_levels"))
        if covariance not in ("diagonal", "full") or (
            covariance == "full" and num_flows
        ):
            raise ValueError(
                "`covariance` is diagonal or full, and below a flow diagonal. "
                f"Received: covariance={covariance!r}, num_flows={num_flows}."
            )
        super().__init__(
            event_shape, latent_size, beta=beta, condition_spec=condition_spec, **kwargs
        )
        # === Config ===
        self.hidden_units = tuple(hidden_units)
        self.filters = None if filters is None else tuple(filters)
        self.architecture = architecture
        self.activation = activation
        self.num_flows = num_flows
        self.flow_units = tuple(flow_units)
        self.context_size = context_size
        self.covariance = covariance
        # === Layers ===
        self.likelihood_family = family
        self.value_range = family.value_range
        if not family.built:
            family.build(self.event_shape)
        self.learned_prior = _revived(learned_prior)
        if self.learned_prior is not None and not self.learned_prior.built:
            self.learned_prior.build(latent_size)
        self.flow = self._make_flow() if num_flows else None
        self.given_networks = revive_networks(encoder=encoder, decoder=decoder)
        make_encoder, make_decoder = networks_of(
            architecture,
            self.filters,
            self.hidden_units,
            activation=activation,
            dtype=self.dtype_policy,
        )
        given = self.given_networks
        self.encoder = given["encoder"] or make_encoder(self._encoder_units)
        self.decoder = given["decoder"] or make_decoder(self._parameter_shape)
        self._check_networks()
        self.build()

    @property
    def _encoder_units(self):
        z = self.latent_size
        below_diagonal = z * (z - 1) // 2 if self.covariance == "full" else 0
        return 2 * z + below_diagonal + (self.context_size if self.num_flows else 0)

    @property
    def _parameter_shape(self):
        """The shape of the decoder's output for one example."""
        return self.likelihood_family.parameter_shape(self.event_shape, self.num_levels)

    def _check_networks(self):
        context = [(self.condition_size,)] if self.condition_size else []
        ends = {
            "encoder": (self.event_shape, (self._encoder_units,)),
            "decoder": ((self.latent_size,), self._parameter_shape),
        }
        for role, network in self.given_networks.items():
            if network is not None:
                given, wanted = ends[role]
                check_network(network, role, [given, *context], wanted)
        if isinstance(self.likelihood_family, BernoulliLikelihood):
            refuse_sigmoid(self.given_networks["decoder"], "decoder", "logits")

    def _make_flow(self):
        flow = FlowSequence(
            [
                MaskedAutoregressive(
                    self.flow_units,
                    transformer="gate",
                    max_log_scale=5.0,
                    order="reversed" if i % 2 else "natural",
                    activation="elu",
                    fast_sampling=True,
                    dtype=self.dtype_policy,
                )
                for i in range(self.num_flows)
            ],
            dtype=self.dtype_policy,
        )
        flow.build((None, self.latent_size), (None, self.context_size))
        return flow

    # === Distributions ===
    def _run(self, network, inputs, condition, event_ndims):
        def run(*arguments):
            return run_network(network, *arguments)

        context = self.encode_condition(condition)
        inputs = tf.cast(inputs, self.variable_dtype)
        outputs = over_batch(run, inputs, context, event_ndims=event_ndims)
        return tf.cast(outputs, self.variable_dtype)

    def posterior(self, x, condition=None):
        seen = self.likelihood_family.inputs(x, self.num_levels)
        flat = self._run(self.encoder, seen, condition, len(self.event_shape))
        sizes = [self.latent_size, self.latent_size, -1]
        loc, raw, context = tf.split(flat, sizes, axis=-1)  # [B, Z] twice, [B, C]
        # Softplus bounds the scale below and grows slowly: exp overflows in one step.
        stddev = tf.nn.softplus(raw) + 1e-4
        if self.covariance == "full":
            return tfd.MultivariateNormalTriL(loc, _lower_triangular(stddev, context))
        q = tfd.MultivariateNormalDiag(loc, stddev)
        if self.flow is None:
            return q
        return tfd.TransformedDistribution(q, self.flow.bijector(context))

    def likelihood(self, z, condition=None):
        p = self._each_number(z, condition)
        if p.event_shape.rank:
            return p  # of whole events, whose numbers depend on each other
        return tfd.Independent(p, reinterpreted_batch_ndims=len(self.event_shape))

    def _each_number(self, z, condition):
        parameters = self._run(self.decoder, z, condition, 1)
        return self.likelihood_family.distribution(parameters, self.num_levels)

    def _likelihood_mean(self, z, condition):
        return self.likelihood_family.mean(self._each_number(z, condition))

    def prior(self, condition=None):
        if self.learned_prior is None:
            return super().prior(condition)
        return self.learned_prior.distribution()

    def posterior_moments(self, q):
        if self.flow is None:
            return super().posterior_moments(q)
        half = _latin_hypercube(_MOMENT_PAIRS, self.latent_size)
        noise = np.concatenate([half, -half]).astype(self.variable_dtype)[:, None]
        start = q.distribution.mean() + q.distribution.stddev() * noise
        z = q.bijector.forward(start)  # [draws, B, Z]
        return tf.reduce_mean(z, axis=0), tf.math.reduce_std(z, axis=0)

    def _xla_pays_on_cpu(self):
        return self.filters is None

    # === Saving ===
    def get_config(self):
        config = super().get_config()
        if self.num_levels is None:
            config.pop("num_levels")
        parts = {
            "likelihood": self.likelihood_family,
            "learned_prior": self.learned_prior,
        }
        return {
            **config,
            **serialize_networks(self.given_networks),
            "hidden_units": self.hidden_units,
            "filters": self.filters,
            "architecture": self.architecture,
            "activation": self.activation,
            "num_flows": self.num_flows,
            "flow_units": self.flow_units,
            "context_size": self.context_size,
            "covariance": self.covariance,
            **{name: serialize_network(part) for name, part in parts.items()},
        }


def _revived(part):
    """A layer that was given as itself or as its config; every model has its own."""
    if isinstance(part, dict):
        return keras.saving.deserialize_keras_object(part)
    return part


def _check_levels(family, num_levels):
    if family.takes_levels != (num_levels is not None):
        takes = "levels, and num_levels=" if family.takes_levels else "no levels"
        raise ValueError(
            f"{type(family).__name__} takes {takes}. Received: "
            f"num_levels={num_levels}. Binarize levels, divide them by the largest, or "
            "take a likelihood of levels."
        )


def _lower_triangular(diagonal, below):
    """Returns `[B, Z, Z]`, of `[B, Z]` and the `[B, Z (Z - 1) / 2]` below it."""
    size = diagonal.shape[-1]
    if size == 1:
        return diagonal[..., None]
    # The triangle of one less, moved down by a row.
    strict = tfp.math.fill_triangular(below)
    strict = tf.pad(strict, [[0, 0], [1, 0], [0, 1]])
    return tf.linalg.diag(diagonal) + strict


def _latin_hypercube(count, size):
    """Returns `[count, size]` normal noise, each column of mean 0 and variance 1.

    Every column holds the same quantiles, in an order of its own: no random generator,
    whose numbers XLA, or the next version, would change.
    """
    normal = statistics.NormalDist()
    quantiles = np.array([normal.inv_cdf((i + 0.5) / count) for i in range(count)])
    quantiles /= quantiles.std()
    return np.stack(
        [quantiles[seeded_permutation(count, seed)] for seed in range(size)], axis=-1
    )
