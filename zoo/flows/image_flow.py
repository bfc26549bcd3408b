"""What every flow over images can do."""

import abc
import math

import tensorflow as tf

from ...layers.couplings import VariationalDequantizer
from ...layers.flows import FlowLayer
from .normalizing_flow import NormalizingFlow


class ImageFlow(NormalizingFlow):
    """A normalizing flow over images, continuous or of whole levels.

    A subclass fills in `_make_flow`. With `num_levels`, `log_prob` is a lower bound,

        uniform:      log P(x) >= E[log p(x + u)],                  u ~ Uniform[0, 1)
        variational:  log P(x) >= E[log p(x + u) - log q(u | x)],   u ~ q(. | x)

    estimated at one `u`; `log_prob(x, num_samples=k)` takes the tighter bound that
    averages `k` densities inside the logarithm. The density `p` is the same flow
    either way.

    The noise `z` has the shape of the image, at any number of scales.

    Args:
        event_shape: three ints `(H, W, C)`.
        dequantization: "uniform", or "variational" for a learned `q`.
        dequantizer: None, or a dict of options of `VariationalDequantizer`.
        **kwargs: `num_levels`, `condition_spec`, `alpha`, `seed`, `dtype`, ... as for
            `NormalizingFlow`.

    Call arguments:
        x: `[B, H, W, C]` floats, or raw levels if `num_levels` is given.
        condition: the condition, if the model has one.

    Returns:
        `[B]` floats: `log p(x)` in nats.

    Raises:
        ValueError: for another kind of dequantization, or one without levels.
    """

    def __init__(
        self,
        event_shape,
        *,
        dequantization: str = "uniform",
        dequantizer: dict | None = None,
        **kwargs,
    ):
        super().__init__(event_shape, **kwargs)
        self._check_arguments(dequantization)
        self.dequantization = dequantization
        self.dequantizer_options = dict(dequantizer or {})
        self.dequantizer = None
        if dequantization == "variational":
            self.dequantizer = VariationalDequantizer(
                self.num_levels, dtype=self.dtype_policy, **self.dequantizer_options
            )
            self.dequantizer.build((None, *self.event_shape))

    def _check_arguments(self, dequantization):
        name = self._class_name
        if len(self.event_shape) != 3:
            raise ValueError(
                f"{name} models images, so `event_shape` is (height, width, "
                f"channels). Received: event_shape={self.event_shape}."
            )
        if dequantization not in ("uniform", "variational"):
            raise ValueError(
                f"{name} takes dequantization='uniform' or 'variational'. "
                f"Received: dequantization={dequantization!r}."
            )
        if dequantization == "variational" and self.num_levels is None:
            raise ValueError(
                f"{name} dequantizes discrete data only. Received: "
                "dequantization='variational' and no num_levels."
            )

    def _check_halvings(self, count):
        height, width, _ = self.event_shape
        if height % 2**count or width % 2**count:
            raise ValueError(
                f"{self._class_name} with num_scales={self.num_scales} halves images "
                f"{count} times, so both sides must be multiples of {2**count}. "
                f"Received: event_shape={self.event_shape}. Pad the images, or take "
                "fewer scales."
            )

    # === To be filled in by a model ===
    @abc.abstractmethod
    def _make_flow(self) -> FlowLayer:
        """Makes the layer, still unbuilt, that leads from noise to data."""

    def _assemble(self):
        """Makes and builds the flow, once the options are set."""
        self.flow = self._make_flow()
        self.flow.build((None, *self.event_shape), self._context_shape())
        self.build()

    # === Distribution ===
    def bijector(self, context=None):
        return self.flow.bijector(context)

    def log_prob(self, x, condition=None, *, seed=0, num_samples: int = 1) -> tf.Tensor:
        """Returns `log p(x)` in nats; see `DensityModel.log_prob`.

        Args:
            x: `[B, H, W, C]` floats, or raw levels if the model has `num_levels`.
            condition: one condition for each example, if the model has one.
            seed: int, pair of ints, or None. The noise that dequantizes.
            num_samples: int. How many draws of it each bound takes; the bound
                tightens, in expectation, as they grow. Without levels nothing is
                drawn, and the value is exact.

        Returns:
            `[B]` floats.
        """
        if num_samples == 1 or self.num_levels is None:
            return super().log_prob(x, condition, seed=seed)
        x, condition = self._enter(x, condition)
        seed = self._as_seed(seed)

        def one(i):
            draw = tf.random.experimental.stateless_fold_in(seed, i)
            return self._log_prob(x, condition, draw)

        draws = tf.map_fn(
            one, tf.range(num_samples), fn_output_signature=self.variable_dtype
        )  # [num_samples, B]
        return tf.reduce_logsumexp(draws, axis=0) - math.log(num_samples)

    def _log_prob(self, x, condition, seed):
        if self.dequantizer is None:
            return super()._log_prob(x, condition, seed)
        u, log_density = self.dequantizer(x, seed)
        return self.distribution(condition).log_prob(x + u) - log_density

    def _dequantize(self, x, seed):
        if self.dequantizer is None:
            return super()._dequantize(x, seed)
        return x + self.dequantizer(x, seed)[0]

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "dequantization": self.dequantization,
            "dequantizer": self.dequantizer_options,
        }
