"""What every normalizing flow can do."""

import abc

import tensorflow as tf
import tensorflow_probability as tfp

from ...distributions import level_logits
from ..base import DensityModel

tfb, tfd = tfp.bijectors, tfp.distributions


class NormalizingFlow(DensityModel):
    """A density that is a simple one, seen through an invertible map.

        x = f(z),  z ~ base,   log p(x) = log base(z) - log|det df/dz|

    A subclass fills in `bijector`, from noise to data, and may replace the base, which
    is a standard normal. With `num_levels`, the map ends in `level_logits`, and
    samples are rounded down to whole levels.

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

    # === Distribution ===
    def base_distribution(self, batch_shape=()) -> tfd.Distribution:
        """Returns the density of the noise, a standard normal unless overridden."""
        return self._independent(tfd.Normal, batch_shape)

    def _independent(self, kind, batch_shape):
        """A factorised base over the event, with location 0 and scale 1."""
        shape = tf.stack([*batch_shape, *self.event_shape])
        zeros = tf.zeros(shape, self.variable_dtype)
        zeros = tf.ensure_shape(zeros, [*[None] * len(batch_shape), *self.event_shape])
        p = kind(zeros, tf.ones([], self.variable_dtype))
        return tfd.Independent(p, reinterpreted_batch_ndims=len(self.event_shape))

    def distribution(self, condition=None):
        context = self.encode_condition(condition)
        batch_shape = () if context is None else (tf.shape(context)[0],)
        base = self.base_distribution(batch_shape)
        return tfd.TransformedDistribution(base, self._to_data_space(context))

    def _to_data_space(self, context, **options):
        flow = self.bijector(context, **options)
        if self.num_levels is None:
            return flow
        return tfb.Chain([self._to_levels(), flow])

    def _to_levels(self):
        """The last step of a flow over discrete data, into `[0, num_levels]`."""
        return level_logits(self.num_levels, self.alpha, self.variable_dtype)

    # === Latents ===
    def encode(self, x, condition=None, *, seed=0) -> tf.Tensor:
        """Returns the noise `z = f^-1(x)` behind `x`: `[B, *event]` both.

        Raw levels are dequantized under `seed` first; see `log_prob`.
        """
        x, condition = self._enter(x, condition)
        return self._encode(x, condition, self._as_seed(seed))

    def _encode(self, x, condition, seed):
        x = self._dequantize(x, seed)
        return self._to_data_space(self.encode_condition(condition)).inverse(x)

    def decode(self, z, condition=None) -> tf.Tensor:
        """Returns `x = f(z)`: `[B, *event]` both, whole levels if the data has."""
        self._ensure_built()
        condition = self._check_condition(condition)
        z = tf.cast(tf.convert_to_tensor(z), self.variable_dtype)
        return self._decode(tf.identity(z), condition)

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
        steps = tf.linspace(*ends, num_steps, axis=0)
        decoded = [self.decode(z, condition) for z in tf.unstack(steps)]
        return tf.stack(decoded, axis=1)

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
        self._ensure_built()
        condition = self._repeated_condition(condition, num_samples)
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
            x, condition = self._enter(x, self._served_condition(condition))
            return {"z": self._encode(x, condition, seed)}

        def decode(z, *condition):
            return {"x": self._decode(z, self._served_condition(condition))}

        conditions = self._condition_specs()
        z = tf.TensorSpec((None, *self.event_shape), self.variable_dtype, name="z")
        return {
            **super()._endpoints(),
            "encode": (encode, [self._event_spec(), *conditions]),
            "decode": (decode, [z, *conditions]),
        }

    # === Saving ===
    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha}
