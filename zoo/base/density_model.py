"""Models with a density."""

import abc
import math

import tensorflow as tf
import tensorflow_probability as tfp

from ...layers.flows import FlowLayer
from .check_distribution import check_distribution
from .generative_model import GenerativeModel

tfd = tfp.distributions


class DensityModel(GenerativeModel):
    """A model with a density, trained by maximum likelihood.

    A subclass fills in `distribution`, and its constructor; layers that are still
    unbuilt are built by the first use. `compile("adam")` and `fit(x)` minimise the mean
    of `-log p(x)`, and report `nll` (nats per example) and, for discrete data,
    `bits_per_dim = nll / (ln 2 * dimensions)`.

    With `num_levels`, `x` holds raw levels, and `distribution()` gives each of them its
    probability: `log_prob` is exact. A model that sees levels through a density of real
    numbers dequantizes, and says `is_bound`; see `NormalizingFlow`.

    Args:
        event_shape: sequence of int. Shape of one example.
        **kwargs: as for `GenerativeModel`.

    Call arguments:
        x: `[B, *event_shape]` floats, or raw levels if the model has `num_levels`.
        condition: the condition, if the model has one.

    Returns:
        `[B]` floats: `log p(x)` in nats.

    Raises:
        ValueError: for data that does not fit, and for a `distribution` that does not.

    Example:
    >>> class Gaussian(DensityModel):
    ...     def __init__(self, features):
    ...         super().__init__(event_shape=(features,))
    ...         self.loc = self.add_weight(shape=(features,), initializer="zeros")
    ...     def distribution(self, condition=None):
    ...         loc = tf.convert_to_tensor(self.loc)
    ...         return tfd.MultivariateNormalDiag(loc, tf.ones_like(loc))
    >>> Gaussian(2).log_prob(np.zeros([3, 2])).numpy().round(3)
    array([-1.838, -1.838, -1.838], dtype=float32)
    """

    def __init__(self, event_shape, **kwargs):
        if kwargs.get("num_levels") is not None:
            self.metric_names = ("loss", "nll", "bits_per_dim")
        super().__init__(event_shape, **kwargs)

    metric_names = ("loss", "nll")

    @property
    def is_bound(self) -> bool:
        """Whether `log_prob` is a lower bound, and not exact."""
        return False

    @abc.abstractmethod
    def distribution(self, condition=None) -> tfd.Distribution:
        """Returns `p(x)`, or `p(x | condition)`, at the present weights.

        Args:
            condition: the condition, with a leading batch axis, if the model has one.

        Returns:
            A `tfd.Distribution` with event shape `event_shape`, and batch shape `[]`,
            or `[B]` given a condition.
        """

    def call(self, x, condition=None, *, seed=0):
        x, condition = self._enter(x, condition)
        return self._log_prob(x, condition, self._as_seed(seed))

    def log_prob(self, x, condition=None) -> tf.Tensor:
        """Returns `log p(x)` in nats, summed over the event; see `is_bound`.

        Args:
            x: `[B, *event_shape]`, checked for shape, dtype, range and NaN.
            condition: one condition for each example, if the model has one.

        Returns:
            `[B]` floats.

        Raises:
            ValueError: for input that does not fit, naming what was received.
        """
        return self.call(x, condition)

    def _log_prob(self, x, condition, seed):
        p = self.distribution(condition)
        values = p.log_prob(tf.cast(x, p.dtype))
        self.front_door.check_each(values, "distribution()")
        return tf.cast(values, self.variable_dtype)

    def _step_terms(self, x, condition, seed, *, training):
        # Through `__call__`, which tells every layer whether this is training.
        nll = -self(x, condition, seed=seed, training=training)
        scale = 1.0 / (math.log(2.0) * self.num_dimensions)
        return {"loss": nll, "nll": nll, "bits_per_dim": nll * scale}

    def _build_networks(self, x, condition):
        for layer in self._flatten_layers(include_self=False, recursive=False):
            if isinstance(layer, FlowLayer) and not layer.built:
                layer.build((None, *self.event_shape), self._context_shape())
        check_distribution(
            self.distribution(condition),
            self.event_shape,
            f"{self._class_name}.distribution()",
            each=condition is not None,
        )
        super()._build_networks(x, condition)

    def _context_shape(self):
        return (None, self.condition_size) if self.condition_size else None

    # === Sampling ===
    def _sample(self, num_samples, condition, seed):
        p = self.distribution(condition)
        shape = [] if condition is not None else [num_samples]
        return self._to_data(p.sample(shape, seed=seed))

    def _to_data(self, x):
        """From what `distribution()` draws to the domain of the data."""
        if self.num_levels is None:
            return tf.cast(x, self.variable_dtype)
        if x.dtype.is_floating:  # NaN would become the lowest of all integers
            x = tf.debugging.assert_all_finite(x, f"{self._class_name} made NaN.")
        return tf.cast(x, tf.int32)

    # === Exporting ===
    def _endpoints(self):
        def log_prob(x, *condition):
            # Under the fixed seed of `log_prob`, so that a served value can be checked.
            return {
                "log_prob": self.log_prob(x, self.front_door.pack_condition(condition))
            }

        return {
            "log_prob": (
                log_prob,
                [self.front_door.event_spec(), *self.front_door.condition_specs()],
            )
        }
