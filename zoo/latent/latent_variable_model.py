"""Models with a latent variable, trained on a lower bound."""

import abc

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from ..base import GenerativeModel

tfd = tfp.distributions


class LatentVariableModel(GenerativeModel):
    """A model `p(x) = E_{z ~ prior}[likelihood(x | z)]` with an inference network.

    Trained on the evidence lower bound, one draw of `z` a step:

        log p(x) >= elbo(x) = E_q[log p(x|z)] - KL(q(z|x) || p(z))
                            = -distortion - rate

    `compile("adam")` and `fit(x)` minimise the mean of `distortion + beta * rate`;
    `elbo` is always reported with `beta = 1`. All in nats per example.

    A subclass fills in `posterior` and `likelihood`, and may replace `prior`.

    Args:
        event_shape: sequence of int. Shape of one example.
        latent_size: int. Length `Z` of the latent vector.
        beta: float. Weight of the rate in the loss, at the start: a `BetaSchedule`
            moves it during training.
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
        Higgins et al., 2017, for `beta`, https://openreview.net/forum?id=Sy2fzU9gl
    """

    metric_names = ("loss", "elbo", "distortion", "rate")

    def __init__(self, event_shape, latent_size: int, *, beta: float = 1.0, **kwargs):
        super().__init__(event_shape, **kwargs)
        self.latent_size = latent_size
        self.initial_beta = beta
        # A weight, so that a schedule needs no new graph and a checkpoint keeps it.
        self.beta = self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(beta),
            trainable=False,
            name="beta",
        )

    # === To be filled in by a model ===
    @abc.abstractmethod
    def posterior(self, x, condition=None) -> tfd.Distribution:
        """Returns the reparameterized `q(z | x)`: batch `[B]`, events `[Z]`."""

    @abc.abstractmethod
    def likelihood(self, z, condition=None) -> tfd.Distribution:
        """Returns `p(x | z)`: batch `[B]`, events `event_shape`."""

    def prior(self) -> tfd.Distribution:
        """Returns `p(z)`, a standard normal unless overridden."""
        zeros = tf.zeros([self.latent_size], self.variable_dtype)
        return tfd.MultivariateNormalDiag(zeros, tf.ones_like(zeros))

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
        distortion = -self.likelihood(z, condition).log_prob(x)
        return distortion, self._rate(q, z, log_q)

    def _rate(self, q, z, log_q):
        """The closed form where TFP has one, else the same draw's estimate."""
        try:
            return tfd.kl_divergence(q, self.prior())
        except NotImplementedError:
            return log_q - self.prior().log_prob(z)

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
        joint = self.likelihood(z, condition).log_prob(x) + self.prior().log_prob(z)
        return joint - log_q

    # === Training ===
    def call(self, x, condition=None, *, seed=None):
        if seed is not None:
            return self._distortion_and_rate(x, condition, seed)
        return self.reconstruct(x, condition)

    def _step_terms(self, x, condition, seed, *, training):
        # Through `__call__`, which tells every layer whether this is training.
        distortion, rate = self(x, condition, seed=seed, training=training)
        loss = distortion + tf.cast(self.beta, rate.dtype) * rate
        return {
            "loss": loss,
            "elbo": -distortion - rate,
            "distortion": distortion,
            "rate": rate,
        }

    # === Latents ===
    def encode(self, x, condition=None) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the posterior's mean and standard deviation, `[B, Z]` each."""
        x, condition = self._enter(x, condition)
        return self._moments(self.posterior(x, condition))

    def _moments(self, q):
        """Mean and standard deviation of a posterior, without noise."""
        return q.mean(), q.stddev()

    def decode(self, z, condition=None) -> tf.Tensor:
        """Returns the likelihood's mean: `[B, Z]` to `[B, *event_shape]`."""
        self._ensure_built()
        condition = self._check_condition(condition)
        z = tf.cast(tf.convert_to_tensor(z), self.variable_dtype)
        return self.likelihood(z, condition).mean()

    def reconstruct(self, x, condition=None) -> tf.Tensor:
        """Decodes the posterior's mean: `[B, *event_shape]` both, no noise."""
        x, condition = self._enter(x, condition)
        mean, _ = self._moments(self.posterior(x, condition))
        return self.likelihood(mean, condition).mean()

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
        steps = tf.linspace(*ends, num_steps, axis=0)
        decoded = [self.decode(z, condition) for z in tf.unstack(steps)]
        return tf.stack(decoded, axis=1)

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
        self._ensure_built()
        condition = self._repeated_condition(condition, num_samples)
        seed = self._as_seed(seed)
        if mean:
            z = self.prior().sample(num_samples, seed=_split(seed)[0])
            return self.likelihood(z, condition).mean()
        return self._sample(num_samples, condition, seed)

    def _sample(self, num_samples, condition, seed):
        latent_seed, data_seed = _split(seed)
        z = self.prior().sample(num_samples, seed=latent_seed)
        x = self.likelihood(z, condition).sample(seed=data_seed)
        return tf.cast(x, self.variable_dtype)

    # === Exporting ===
    def _endpoints(self):
        def reconstruct(x, *condition):
            return {"x": self.reconstruct(x, self._served_condition(condition))}

        def encode(x, *condition):
            mean, stddev = self.encode(x, self._served_condition(condition))
            return {"mean": mean, "stddev": stddev}

        def decode(z, *condition):
            return {"x": self.decode(z, self._served_condition(condition))}

        def elbo(x, *condition):
            return {"elbo": self.elbo(x, self._served_condition(condition))}

        with_x = [self._event_spec(), *self._condition_specs()]
        z = tf.TensorSpec((None, self.latent_size), self.variable_dtype, name="z")
        return {
            "reconstruct": (reconstruct, with_x),
            "encode": (encode, with_x),
            "decode": (decode, [z, *self._condition_specs()]),
            "elbo": (elbo, with_x),
        }

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "latent_size": self.latent_size,
            "beta": self.initial_beta,
        }


def _split(seed):
    return tf.unstack(tf.random.experimental.stateless_split(seed, 2))
