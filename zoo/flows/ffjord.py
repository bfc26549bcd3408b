"""FFJORD: a normal base carried along a learned differential equation.

    dx/dt = f(t, x),   x(0) = z ~ Normal(0, 1),   x = x(T)
    log p(x) = log p(z) - integral of trace(df/dx) dt

Reference:
    Grathwohl et al., 2019, "FFJORD: Free-form Continuous Dynamics for Scalable
    Reversible Generative Models", https://arxiv.org/abs/1810.01367
"""

from collections.abc import Sequence

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from ...layers.blocks import TrainingFlag
from ...layers.flows import ContinuousFlow
from .vector_flow import VectorFlow

tfb, tfd = tfp.bijectors, tfp.distributions


@keras.saving.register_keras_serializable(package="genkeras")
class FFJORD(VectorFlow):
    """A flow over vectors whose network is free of structure.

    Training estimates the trace with one vector of noise an example, the same along
    the whole solve, so that a step costs as much for many features as for few;
    `train_trace="exact"` takes `D` times the work and has no noise. `evaluate`,
    `log_prob`, `encode` and `sample` are always exact up to `rtol` and `atol`: halving
    them should not change a log-likelihood you report. Training may be content with
    less (`train_tolerance`): the errors are small beside the noise of a batch, and on
    thin rings a step at 1e-3 took 0.6 and at 1e-2 0.3 of the time of one at 1e-4. Too
    loose, and the equation that is learned grows stiff: steps slow down instead.

    The steps are chosen so that each example of a batch meets the tolerance; what else
    is in the batch may therefore change a result by about that much. Where a solve
    takes more than `max_num_steps`, its results are NaN, which stops `fit`.

    Args:
        features: int. Length `D` of each data vector.
        hidden_units: sequence of int. Hidden widths of `f`.
        num_blocks: int. How many such flows follow one another.
        activation: str. Smooth hidden activation of `f`.
        input_gain: float. More of it finds fine structure sooner, and makes stiffer
            equations; see `ConcatSquash`.
        end_time: float. `T`.
        train_trace: "hutchinson" or "exact": the trace in training.
        rtol: float. Relative tolerance of the solver; see `solve_ode`.
        atol: float. Absolute tolerance.
        train_tolerance: None, or a float that stands in for `rtol` and `atol` in
            training.
        max_num_steps: int. Steps after which a solve gives up.
        **kwargs: `num_levels`, `condition_spec`, `seed`, ... as for `VectorFlow`.

    Raises:
        ValueError: for another `train_trace`.

    Example:
    >>> model = FFJORD(features=2, hidden_units=(8,))
    >>> model.log_prob(np.zeros([4, 2], "float32")).numpy().round(3)
    array([-1.838, -1.838, -1.838, -1.838], dtype=float32)

    Reference:
        Grathwohl et al., 2019, section 3, https://arxiv.org/abs/1810.01367
    """

    def __init__(
        self,
        features: int,
        hidden_units: Sequence[int] = (64, 64, 64),
        num_blocks: int = 1,
        *,
        activation: str = "tanh",
        input_gain: float = 2.0,
        end_time: float = 1.0,
        train_trace: str = "hutchinson",
        rtol: float = 1e-5,
        atol: float = 1e-5,
        train_tolerance: float | None = None,
        max_num_steps: int = 1000,
        **kwargs,
    ):
        super().__init__(features, **kwargs)
        if train_trace not in ("hutchinson", "exact"):
            raise ValueError(
                "FFJORD takes train_trace='hutchinson' or 'exact'. "
                f"Received: train_trace={train_trace!r}."
            )
        # === Config ===
        self.hidden_units = tuple(hidden_units)
        self.num_blocks = num_blocks
        self.activation = activation
        self.input_gain = input_gain
        self.end_time = end_time
        self.train_trace = train_trace
        self.rtol = rtol
        self.atol = atol
        self.train_tolerance = train_tolerance
        self.max_num_steps = max_num_steps
        # === Layers ===
        self.blocks = [
            ContinuousFlow(
                hidden_units,
                activation=activation,
                input_gain=input_gain,
                end_time=end_time,
                rtol=rtol,
                atol=atol,
                max_num_steps=max_num_steps,
                dtype=self.dtype_policy,
            )
            for _ in range(num_blocks)
        ]
        self.is_training = TrainingFlag()
        self._assemble()

    # === Distribution ===
    @property
    def flow_layers(self):
        return self.blocks

    def bijector(self, context=None, noise=None, *, tolerance=None):
        """Returns the map from noise to data; see `NormalizingFlow.bijector`.

        Args:
            context: the encoded condition, `[B, C]` floats, or None.
            noise: None for exact traces, or `[num_blocks, B, D]` floats for
                estimates.
            tolerance: None, or a float that stands in for `rtol` and `atol`.
        """
        noise = [None] * self.num_blocks if noise is None else tf.unstack(noise)
        parts = [
            block.bijector_with_noise(block_noise, context, tolerance=tolerance)
            for block, block_noise in zip(self.blocks, noise, strict=True)
        ]
        return tfb.Chain(parts[::-1])

    def _log_prob(self, x, condition, seed):
        if not self.is_training():
            return super()._log_prob(x, condition, seed)
        noise = None
        if self.train_trace == "hutchinson":
            seed, noise_seed = tf.unstack(tf.random.experimental.stateless_split(seed))
            noise = self._signs(tf.shape(x), noise_seed)
        x = self._dequantize(x, seed)
        flow = self._to_data_space(
            self.encode_condition(condition),
            noise=noise,
            tolerance=self.train_tolerance,
        )
        base = self.base_distribution()
        return tfd.TransformedDistribution(base, flow).log_prob(x)

    def _signs(self, shape, seed):
        """Rademacher noise, which has the least variance of Hutchinson's choices."""
        shape = tf.concat([[self.num_blocks], shape], axis=0)
        heads = tf.random.stateless_uniform(shape, seed) < 0.5
        return 2.0 * tf.cast(heads, self.variable_dtype) - 1.0

    def _resolve_jit(self, requested):
        # The solver's loop has no fixed length, which XLA wants for its gradient.
        return False if requested == "auto" else super()._resolve_jit(requested)

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "hidden_units": self.hidden_units,
            "num_blocks": self.num_blocks,
            "activation": self.activation,
            "input_gain": self.input_gain,
            "end_time": self.end_time,
            "train_trace": self.train_trace,
            "rtol": self.rtol,
            "atol": self.atol,
            "train_tolerance": self.train_tolerance,
            "max_num_steps": self.max_num_steps,
        }
