"""Models with a latent variable, trained on a lower bound."""

import abc

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from ...layers.replicas import sum_over_replicas
from ..base import (
    GenerativeModel,
    along_line,
    check_distribution,
    check_reparameterized,
    refusal,
)
from .latent_endpoints import latent_endpoints

tfd = tfp.distributions


class LatentVariableModel(GenerativeModel):
    """A model `p(x) = E_{z ~ prior}[likelihood(x | z)]` with an inference network.

    Trained on the evidence lower bound, one draw of `z` a step:

        log p(x) >= elbo(x) = E_q[log p(x|z)] - KL(q(z|x) || p(z))
                            = -distortion - rate

    `compile("adam")` and `fit(x)` minimise the mean of `distortion + beta * rate`;
    `elbo` is always reported with `beta = 1`. All in nats per example.

    A subclass fills in `posterior` and `likelihood`, and may replace `prior`, which may
    depend on the condition. Several latent variables are a structure: `prior` and
    `posterior` return joint distributions (`tfd.JointDistribution*`) whose draws have
    it, `latent_specs` names and shapes it, and `posterior_moments` says how a posterior
    is encoded where TFP knows no closed moments.

    Two options change the loss alone, and no bound: `free_bits` lets each latent carry
    so many nats, on average over the batch, before the loss counts them; `capacity`
    asks for a rate of so many nats, no more and no less:

        loss = distortion + beta * sum_j max(free_bits, mean_B rate_j)
        loss = distortion + beta * |rate - capacity|

    Args:
        event_shape: sequence of int. Shape of one example.
        latent_size: int. Length `Z` of the latent vector. Of no consequence to a
            subclass that replaces `prior` and `latent_specs`.
        beta: float. Weight of the rate in the loss, at the start: a `BetaSchedule`
            moves it during training.
        free_bits: float. Nats that each latent has for free; where posterior or prior
            do not fall into latents, they have `Z` times as many together.
        capacity: None, or a rate in nats at the start, which a `CapacitySchedule`
            moves.
        **kwargs: as for `GenerativeModel`.

    Call arguments:
        x: `[B, *event_shape]`.
        condition: the condition, if the model has one.
        seed: None, or the noise of a step, which changes what is returned.

    Returns:
        `[B, *event_shape]` floats: the reconstruction, see `reconstruct`; or, given a
        seed, the distortion and the rate of one draw, `[B]` each.

    Reference:
        Kingma and Welling, 2014, eq. 10, https://arxiv.org/abs/1312.6114;
        Higgins et al., 2017, for `beta`, https://openreview.net/forum?id=Sy2fzU9gl;
        Kingma et al., 2016, appendix C.8, for `free_bits`,
        https://arxiv.org/abs/1606.04934;
        Burgess et al., 2018, eq. 8, for `capacity`, https://arxiv.org/abs/1804.03599
    """

    metric_names = ("loss", "elbo", "distortion", "rate")

    def __init__(
        self,
        event_shape,
        latent_size: int,
        *,
        beta: float = 1.0,
        free_bits: float = 0.0,
        capacity: float | None = None,
        **kwargs,
    ):
        if free_bits < 0.0 or (free_bits and capacity is not None):
            raise refusal(
                "`free_bits` is not negative, and there is no `capacity` beside it. "
                f"Received: free_bits={free_bits}, capacity={capacity}."
            )
        super().__init__(event_shape, **kwargs)
        self.free_bits = free_bits
        self.initial_capacity = capacity
        self.latent_size = latent_size
        self.initial_beta = beta
        # A weight, so that a schedule needs no new graph and a checkpoint keeps it.
        self.beta = self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(beta),
            trainable=False,
            name="beta",
        )
        self.capacity = None
        if capacity is not None:
            self.capacity = self.add_weight(
                shape=(),
                initializer=keras.initializers.Constant(capacity),
                trainable=False,
                name="capacity",
            )

    # === To be filled in by a model ===
    @abc.abstractmethod
    def posterior(self, x, condition=None) -> tfd.Distribution:
        """Returns the reparameterized `q(z | x)`: batch `[B]`, events `[Z]`."""

    @abc.abstractmethod
    def likelihood(self, z, condition=None) -> tfd.Distribution:
        """Returns `p(x | z)`: batch `[B]`, events `event_shape`."""

    def prior(self, condition=None) -> tfd.Distribution:
        """Returns `p(z)` or `p(z | condition)`, a standard normal unless overridden.

        Args:
            condition: the condition, if the model has one.

        Returns:
            A distribution with batch shape `[]`; or `[B]`, one for each condition.
        """
        zeros = tf.zeros([self.latent_size], self.variable_dtype)
        return tfd.MultivariateNormalDiag(zeros, tf.ones_like(zeros))

    def latent_specs(self):
        """Returns a named `tf.TensorSpec`, or a structure of them: what `z` is."""
        return tf.TensorSpec((None, self.latent_size), self.variable_dtype, name="z")

    def posterior_moments(self, q) -> tuple:
        """Returns mean and standard deviation of a posterior, without noise.

        Args:
            q: what `posterior` returned.

        Returns:
            Two structures such as `z`.
        """
        return q.mean(), q.stddev()

    # === The bound ===
    def elbo(self, x, condition=None, *, seed=0) -> tf.Tensor:
        """Returns a one-draw estimate of the lower bound on `log p(x)`.

        Args:
            x: `[B, *event_shape]`.
            condition: one condition for each example, if the model has one.
            seed: int, pair of ints, or None. The noise of the draw, the same at each
                call unless None.

        Returns:
            `[B]` floats, in nats.

        Raises:
            ValueError: for input that does not fit, naming what was received.
        """
        x, condition = self._enter(x, condition)
        distortion, rate = self._distortion_and_rate(x, condition, self._as_seed(seed))
        return -distortion - rate

    def _distortion_and_rate(self, x, condition, seed):
        q = self.posterior(x, condition)
        # The density comes with the draw: a flow may be slow to invert.
        z, log_q = q.experimental_sample_and_log_prob(seed=seed)  # [B, Z], [B]
        return -self._log_likelihood(x, z, condition), self._rate(
            q, z, log_q, condition
        )

    def _log_likelihood(self, x, z, condition):
        """Returns `log p(x | z)`: `[B]`."""
        p = self.likelihood(z, condition)
        log_likelihood = p.log_prob(tf.cast(x, p.dtype))
        self.front_door.check_each(log_likelihood, "likelihood()")
        return tf.cast(log_likelihood, self.variable_dtype)

    def _rate(self, q, z, log_q, condition=None):
        """The closed form where TFP has one, else the same draw's estimate."""
        prior = self.prior(condition)
        if isinstance(q, tfd.JointDistribution):
            return log_q - prior.log_prob(z)
        try:
            return tfd.kl_divergence(q, prior)
        except NotImplementedError:
            return log_q - prior.log_prob(z)

    def log_prob(self, x, condition=None, *, num_samples: int = 100, seed=0):
        """Returns the importance-weighted bound on `log p(x)`.

            log p(x) >= E[log 1/k sum_i p(x, z_i) / q(z_i | x)],   z_i ~ q(z | x)

        It tightens as `num_samples` (`k`) grows, towards `log p(x)`.

        Args:
            x: `[B, *event_shape]`.
            condition: one condition for each example, if the model has one.
            num_samples: int. How many draws for each example.
            seed: int, pair of ints, or None, as for `elbo`.

        Returns:
            `[B]` floats, in nats.

        Reference:
            Burda et al., 2016, eq. 8, https://arxiv.org/abs/1509.00519
        """
        x, condition = self._enter(x, condition)
        seed = self._as_seed(seed)
        q = self.posterior(x, condition)

        # One draw of the whole batch at a time: memory does not grow with the number
        # of draws, and the running log-sum-exp is exact.
        def add_draw(i, total):
            draw_seed = tf.random.experimental.stateless_fold_in(seed, i)
            weight = self._log_weight(q, x, condition, draw_seed)
            return i + 1, tf.reduce_logsumexp([total, weight], axis=0)

        start = tf.fill([tf.shape(x)[0]], tf.constant(-float("inf"), x.dtype))
        _, total = tf.while_loop(
            lambda i, _: i < num_samples, add_draw, (tf.constant(0), start)
        )
        return total - tf.math.log(tf.cast(num_samples, x.dtype))

    def _log_weight(self, q, x, condition, seed):
        z, log_q = q.experimental_sample_and_log_prob(seed=seed)
        log_prior = self.prior(condition).log_prob(z)
        return self._log_likelihood(x, z, condition) + log_prior - log_q

    # === Training ===
    def _build_networks(self, x, condition):
        self._check_parts(x, condition)
        super()._build_networks(x, condition)

    def _check_parts(self, x, condition):
        """Checks what the methods of a subclass give."""
        q, prior = self.posterior(x, condition), self.prior(condition)
        name = self._class_name
        check_reparameterized(q, f"{name}.posterior()")
        if isinstance(spec := self.latent_specs(), tf.TensorSpec):  # not several
            check_distribution(prior, spec.shape[1:], f"{name}.prior()", each=True)
            check_distribution(q, spec.shape[1:], f"{name}.posterior()", each=True)
            p = self.likelihood(q.sample(seed=(0, 0)), condition)
            check_distribution(p, self.event_shape, f"{name}.likelihood()", each=True)

    def call(self, x, condition=None, *, seed=None):
        if seed is None:
            return self.reconstruct(x, condition)
        if self.free_bits:
            return self._with_free_bits(x, condition, seed)
        return self._distortion_and_rate(x, condition, seed)

    def _with_free_bits(self, x, condition, seed):
        """Returns distortion, rate, and what the loss counts of the rate."""
        q, prior = self.posterior(x, condition), self.prior(condition)
        z, log_q = q.experimental_sample_and_log_prob(seed=seed)
        distortion = -self._log_likelihood(x, z, condition)
        rate = self._rate(q, z, log_q, condition)
        normals = all(isinstance(p, tfd.MultivariateNormalDiag) for p in (q, prior))
        if normals:
            one, other = (tfd.Normal(p.mean(), p.stddev()) for p in (q, prior))
            rates, free = tfd.kl_divergence(one, other), self.free_bits  # [B, Z]
        else:
            rates, free = rate[:, None], self.free_bits * self.latent_size
        count, total = sum_over_replicas(
            [tf.cast(tf.shape(rates)[0], rates.dtype), tf.reduce_sum(rates, axis=0)]
        )
        counted = tf.reduce_sum(tf.maximum(total / count, free))
        return distortion, rate, tf.fill(tf.shape(rate), counted)

    def _step_terms(self, x, condition, seed, *, training):
        # Through `__call__`, which tells every layer whether this is training.
        terms = self(x, condition, seed=seed, training=training)
        distortion, rate, counted = (*terms, terms[1])[:3]
        if self.capacity is not None:
            counted = tf.abs(rate - tf.cast(self.capacity, rate.dtype))
        loss = distortion + tf.cast(self.beta, rate.dtype) * counted
        return {
            "loss": loss,
            "elbo": -distortion - rate,
            "distortion": distortion,
            "rate": rate,
        }

    # === Latents ===
    def encode(self, x, condition=None) -> tuple:
        """Returns the posterior's mean and standard deviation, `[B, Z]` each."""
        x, condition = self._enter(x, condition)
        return self.posterior_moments(self.posterior(x, condition))

    def decode(self, z, condition=None) -> tf.Tensor:
        """Returns the likelihood's mean: `[B, Z]` to `[B, *event_shape]`."""
        condition = self.front_door.check_condition(condition)
        specs = self.latent_specs()
        self._check_structure(specs, z)
        z = tf.nest.map_structure(
            lambda spec, leaf: self.front_door.check_latent(leaf, spec.shape[1:]),
            specs,
            z,
        )
        return self._likelihood_mean(z, condition)

    def _likelihood_mean(self, z, condition):
        return self.likelihood(z, condition).mean()

    def _check_structure(self, specs, z):
        try:
            tf.nest.assert_same_structure(specs, z)
        except (ValueError, TypeError):
            names = tf.nest.map_structure(lambda spec: spec.name, specs)
            kind = type(z).__name__
            received = sorted(map(str, z)) if isinstance(z, dict) else f"a {kind}"
            raise refusal(
                f"{self._class_name} decodes latents such as {names}. Received: "
                f"{received}."
            ) from None

    def reconstruct(self, x, condition=None) -> tf.Tensor:
        """Decodes the posterior's mean: `[B, *event_shape]` both, no noise."""
        x, condition = self._enter(x, condition)
        mean, _ = self.posterior_moments(self.posterior(x, condition))
        return self._likelihood_mean(mean, condition)

    def interpolate(self, start, end, num_steps: int = 8, condition=None) -> tf.Tensor:
        """Decodes the line between the posterior means of two examples.

        Args:
            start: `[B, *event_shape]`.
            end: `[B, *event_shape]`.
            num_steps: int. How many, both ends included.
            condition: one condition for each pair, if the model has one.

        Returns:
            `[B, num_steps, *event_shape]`.
        """
        ends = [self.encode(x, condition)[0] for x in (start, end)]
        return along_line(*ends, num_steps, lambda z: self.decode(z, condition))

    # === Sampling ===
    def sample(
        self, num_samples: int, *, condition=None, seed=None, mean: bool = False
    ) -> tf.Tensor:
        """Draws new examples; see `GenerativeModel.sample`.

        Args:
            num_samples: int. How many.
            condition: the condition, with a leading axis of `num_samples` or 1.
            seed: None, an int or a pair of ints.
            mean: bool. Whether to return the likelihood's mean for each drawn `z`,
                which is smoother to look at, instead of a draw of `x`.

        Returns:
            `[num_samples, *event_shape]`.
        """
        condition = self.front_door.repeated_condition(condition, num_samples)
        seed = self._as_seed(seed)
        if mean:
            z = self._sample_prior(num_samples, condition, _split(seed)[0])
            return self._likelihood_mean(z, condition)
        return self._sample(num_samples, condition, seed)

    def preview(self, num_samples, *, condition=None, seed=0):
        if condition is None:
            condition = self.class_by_class(num_samples)
        return self.sample(num_samples, condition=condition, seed=seed, mean=True)

    def _sample_prior(self, num_samples, condition, seed):
        prior = self.prior(condition)
        shapes = tf.nest.flatten(prior.batch_shape)
        one_each = any(shape.rank != 0 for shape in shapes)  # of each condition
        return prior.sample([] if one_each else num_samples, seed=seed)

    def _sample(self, num_samples, condition, seed):
        latent_seed, data_seed = _split(seed)
        z = self._sample_prior(num_samples, condition, latent_seed)
        x = self.likelihood(z, condition).sample(seed=data_seed)
        levels = self.num_levels is not None
        return tf.cast(x, tf.int32 if levels else self.variable_dtype)

    # === Exporting ===
    def _endpoints(self):
        return latent_endpoints(self)

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "latent_size": self.latent_size,
            "beta": self.initial_beta,
            "free_bits": self.free_bits,
            "capacity": self.initial_capacity,
        }


def _split(seed):
    return tf.unstack(tf.random.experimental.stateless_split(seed, 2))
