"""What every normalizing flow can do."""

import abc

import tensorflow as tf
import tensorflow_probability as tfp

from ...distributions import SpreadBatch, level_logits
from ...layers.blocks import is_real
from ..base import DensityModel, along_line, refusal

tfb, tfd = tfp.bijectors, tfp.distributions


class NormalizingFlow(DensityModel):
    """A density that is a simple one, seen through an invertible map.

        x = f(z),  z ~ base,   log p(x) = log base(z) - log|det df/dz|

    A subclass fills in `bijector`, from noise to data, and may replace the base, which
    is a standard normal. With `num_levels`, the map ends in `level_logits`, samples are
    rounded down to whole levels, and `distribution()` is the density of the dequantized
    `x + u`, `u ~ Uniform[0, 1)`. Then `log_prob` is a lower bound:

        log P(x) = log E_u[p(x + u)] >= E_u[log p(x + u)]

    Args:
        event_shape: sequence of int. Shape of one example.
        alpha: float. Margin of the logit that discrete data passes through.
        **kwargs: as for `GenerativeModel`.
    """

    def __init__(self, event_shape, *, alpha: float = 0.05, **kwargs):
        super().__init__(event_shape, **kwargs)
        self.alpha = alpha

    @abc.abstractmethod
    def bijector(self, context=None) -> tfb.Bijector:
        """Returns the map from noise to data (or its logits) at the present weights.

        Args:
            context: the encoded condition, `[B, C]` floats, or None.
        """

    @property
    def noise_shape(self) -> tuple[int, ...]:
        """The event shape of the noise: that of the data, unless overridden."""
        return self.event_shape

    @property
    def is_bound(self):
        return self.num_levels is not None

    # === Distribution ===
    def base_distribution(self, batch_shape=()) -> tfd.Distribution:
        """Returns the density of the noise, a standard normal unless overridden."""
        return self._independent(tfd.Normal, batch_shape)

    def _independent(self, kind, batch_shape):
        """A factorised base over the noise, with location 0 and scale 1."""
        event = self.noise_shape
        zeros = tf.zeros(tf.stack([*batch_shape, *event]), self.variable_dtype)
        static = [n if isinstance(n, int) else None for n in batch_shape]
        zeros = tf.ensure_shape(zeros, [*static, *event])
        p = kind(zeros, tf.ones([], self.variable_dtype))
        return tfd.Independent(p, reinterpreted_batch_ndims=len(event))

    def distribution(self, condition=None):
        context = self.encode_condition(condition)
        if context is None:
            base = self.base_distribution()
            return tfd.TransformedDistribution(base, self._to_data_space(context))
        batch_shape = self.condition_encoder.batch_shape(condition)
        base = self.base_distribution(batch_shape)
        spread = SpreadBatch(batch_shape, len(self.event_shape))
        flow = tfb.Chain([spread, self._to_data_space(context)])
        return tfd.TransformedDistribution(base, flow)

    def _to_data_space(self, context, **options):
        flow = self.bijector(context, **options)
        if self.num_levels is None:
            return flow
        return tfb.Chain([self._to_levels(), flow])

    def _to_levels(self):
        """The last step of a flow over discrete data, into `[0, num_levels]`."""
        return level_logits(self.num_levels, self.alpha, self.variable_dtype)

    # === Densities ===
    def log_prob(self, x, condition=None, *, seed=0) -> tf.Tensor:
        """Returns `log p(x)` in nats; see `DensityModel.log_prob`.

        Args:
            x: `[B, *event]` floats, or raw levels if the model has `num_levels`.
            condition: one condition for each example, if the model has one.
            seed: int, pair of ints, or None. The noise that dequantizes discrete
                data, the same at each call unless None.

        Returns:
            `[B]` floats.
        """
        return self.call(x, condition, seed=seed)

    def _log_prob(self, x, condition, seed):
        return super()._log_prob(self._dequantize(x, seed), condition, seed)

    def _dequantize(self, x, seed):
        if self.num_levels is None:
            return x
        # Named, or XLA would take an algorithm of its own, and another draw.
        return x + tf.random.stateless_uniform(
            tf.shape(x), seed, dtype=x.dtype, alg="philox"
        )

    def _to_data(self, x):
        if self.num_levels is not None:
            x = tf.clip_by_value(x, 0.0, self.num_levels - 1.0)
        return super()._to_data(x)

    # === Latents ===
    def encode(self, x, condition=None, *, seed=0) -> tf.Tensor:
        """Returns the noise `z = f^-1(x)` behind `x`: `[B, *noise_shape]`.

        Raw levels are dequantized under `seed` first; see `log_prob`.
        """
        x, condition = self._enter(x, condition)
        return self._encode(x, condition, self._as_seed(seed))

    def _encode(self, x, condition, seed):
        x = self._dequantize(x, seed)
        return self._to_data_space(self.encode_condition(condition)).inverse(x)

    def decode(self, z, condition=None) -> tf.Tensor:
        """Returns `x = f(z)`: `[B, *event]`, whole levels if the data has."""
        condition = self.front_door.check_condition(condition)
        z = self.front_door.check_latent(z, self.noise_shape)
        return self._decode(z, condition)

    def _decode(self, z, condition):
        context = self.encode_condition(condition)
        return self._to_data(self._to_data_space(context).forward(z))

    def interpolate(self, start, end, num_steps: int = 8, condition=None) -> tf.Tensor:
        """Returns examples along the line between the noise of two examples.

        Args:
            start: `[B, *event]`, in the domain of the training data.
            end: `[B, *event]`.
            num_steps: int. How many, both ends included.
            condition: one condition for each pair, if the model has one.

        Returns:
            `[B, num_steps, *event]`.
        """
        ends = [self.encode(x, condition) for x in (start, end)]
        return along_line(*ends, num_steps, lambda z: self.decode(z, condition))

    # === Sampling ===
    def sample(
        self, num_samples: int, *, condition=None, seed=None, temperature: float = 1.0
    ) -> tf.Tensor:
        """Draws new examples; see `GenerativeModel.sample`.

        Args:
            num_samples: int. How many.
            condition: the condition, with a leading axis of `num_samples` or 1.
            seed: None, an int or a pair of ints.
            temperature: float. What the noise is multiplied by: below 1 for samples
                nearer the mode, less varied.

        Returns:
            `[num_samples, *event_shape]`, in the domain of the training data.
        """
        if not (is_real(temperature) and temperature >= 0.0):
            raise refusal(
                f"{self._class_name} takes a temperature from 0 on. Received: "
                f"temperature={temperature}."
            )
        condition = self.front_door.repeated_condition(condition, num_samples)
        noise = self.base_distribution().sample(num_samples, self._as_seed(seed))
        return self._decode(temperature * noise, condition)

    def _sample(self, num_samples, condition, seed):
        noise = self.base_distribution().sample(num_samples, seed)
        return self._decode(noise, condition)

    def _sample_rows(self, seeds, condition):
        base = self.base_distribution()
        noise = tf.map_fn(
            lambda seed: base.sample(seed=seed),
            seeds,
            fn_output_signature=self.variable_dtype,
        )
        return self._decode(noise, condition)

    # === Exporting ===
    def _endpoints(self):
        seed = tf.zeros([2], tf.int32)

        def encode(x, *condition):
            x, condition = self._enter(x, self.front_door.pack_condition(condition))
            return {"z": self._encode(x, condition, seed)}

        def decode(z, *condition):
            return {"x": self._decode(z, self.front_door.pack_condition(condition))}

        conditions = self.front_door.condition_specs()
        z = tf.TensorSpec((None, *self.noise_shape), self.variable_dtype, name="z")
        return {
            **super()._endpoints(),
            "encode": (encode, [self.front_door.event_spec(), *conditions]),
            "decode": (decode, [z, *conditions]),
        }

    # === Saving ===
    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha}
