"""A flow along a learned differential equation."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from ...distributions import ODEBijector
from ..blocks import ConcatSquash
from .flow_layer import FlowLayer


@keras.saving.register_keras_serializable(package="genkeras")
class ContinuousFlow(FlowLayer):
    """Carries vectors along `dx/dt = f(t, x, context)` from time 0 to `end_time`.

        y = x(end_time),  x(0) = x,   log|det| = integral of trace(df/dx) dt

    `f` is a stack of `ConcatSquash` layers and starts at zero, the flow therefore as
    the identity. `bijector()` takes the exact trace; `bijector_with_noise` estimates
    it. Solved backwards, a flow returns to where it started up to the tolerance, not
    exactly.

    Args:
        hidden_units: sequence of int. Hidden widths of `f`.
        activation: str. Smooth hidden activation of `f`, such as "tanh" or "softplus":
            the solver's order counts on derivatives.
        input_gain: float. How sharply and how far apart the units of the first layer
            start to tell places apart; see `ConcatSquash`.
        end_time: float.
        rtol: float. Relative tolerance of each step; see `solve_ode`.
        atol: float. Absolute tolerance.
        max_num_steps: int. Steps after which a solve gives up and returns NaN.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, D]` floats.
        context: None, or `[B, C]` floats.

    Returns:
        `[B, D]` floats: the forward transform of `x`.

    Raises:
        ValueError: at `build`, for a rank other than 2.

    Example:
    >>> ContinuousFlow(hidden_units=(8,))(tf.zeros([4, 3])).shape
    TensorShape([4, 3])

    Reference:
        Grathwohl et al., 2019, https://arxiv.org/abs/1810.01367
    """

    def __init__(
        self,
        hidden_units: Sequence[int] = (64, 64, 64),
        *,
        activation: str = "tanh",
        input_gain: float = 2.0,
        end_time: float = 1.0,
        rtol: float = 1e-5,
        atol: float = 1e-5,
        max_num_steps: int = 1000,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.hidden_units = tuple(hidden_units)
        self.activation = activation
        self.input_gain = input_gain
        self.end_time = end_time
        self.rtol = rtol
        self.atol = atol
        self.max_num_steps = max_num_steps
        self.hidden = [
            ConcatSquash(
                n, input_gain=None if i else input_gain, dtype=self.dtype_policy
            )
            for i, n in enumerate(hidden_units)
        ]

    def build(self, x_shape, context_shape=None):
        if len(x_shape) != 2:
            raise ValueError(
                f"ContinuousFlow takes [B, D] inputs. Received: shape {tuple(x_shape)}."
            )
        features = x_shape[-1]
        self.input_spec = [keras.layers.InputSpec(ndim=2, axes={-1: features})]
        self.context_size = context_shape[-1] if context_shape is not None else 0
        self.out = ConcatSquash(features, zero_output=True, dtype=self.dtype_policy)
        steering_shape = (None, 1 + self.context_size)  # the time, then the context
        width = features
        for layer in (*self.hidden, self.out):
            layer.build((None, width), steering_shape)
            width = layer.units

    def _derivative(self, context):
        activation = keras.activations.get(self.activation)
        if context is not None and context.shape.rank == 1:
            context = context[None]

        def derivative(time, x):
            steering = tf.reshape(time, [1, 1])
            if context is not None:
                times = tf.fill(tf.concat([tf.shape(context)[:-1], [1]], axis=0), time)
                steering = tf.concat([times, tf.cast(context, x.dtype)], axis=-1)
            h = x
            for layer in self.hidden:
                h = activation(layer(h, steering))
            # The solver stays in the data's precision.
            return tf.cast(self.out(h, steering), x.dtype)

        return derivative

    def _bijector(self, context):
        return self.bijector_with_noise(None, context)

    def bijector_with_noise(
        self, noise, context=None, *, tolerance: float | None = None
    ) -> ODEBijector:
        """Returns the transform with Hutchinson's estimate of the log-determinant.

        Args:
            noise: `[B, D]` floats with mean 0 and unit covariance, or None for the
                exact trace.
            context: None, or `[B, C]` floats.
            tolerance: None, or what stands in for both `rtol` and `atol`.
        """
        return ODEBijector(
            self._derivative(context),
            noise,
            end_time=self.end_time,
            rtol=self.rtol if tolerance is None else tolerance,
            atol=self.atol if tolerance is None else tolerance,
            max_num_steps=self.max_num_steps,
        )

    def get_config(self):
        return {
            **super().get_config(),
            "hidden_units": self.hidden_units,
            "activation": self.activation,
            "input_gain": self.input_gain,
            "end_time": self.end_time,
            "rtol": self.rtol,
            "atol": self.atol,
            "max_num_steps": self.max_num_steps,
        }
