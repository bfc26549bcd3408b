"""The map of a differential equation from its start to its end."""

from collections.abc import Callable

import tensorflow as tf

from .joint_bijector import JointBijector
from .ode import solve_ode


class ODEBijector(JointBijector):
    """Carries a vector along `dx/dt = f(t, x)` from time 0 to `end_time`.

        y = x(end_time),  x(0) = x,   log|det| = integral of trace(df/dx) dt

    The inverse solves the same equation from `end_time` to 0. Both are exact up to the
    tolerance of the solver. The trace is exact, at the price of `D` times the work; or,
    given noise with mean 0 and unit covariance, Hutchinson's unbiased estimate
    `noise^T (df/dx) noise`, with the same noise all along.

    Args:
        derivative: function of a scalar time and `[..., D]` floats that returns
            `[..., D]`. A fresh closure each time: TFP's cache is keyed on it.
        noise: None for the exact trace, or `[..., D]` floats.
        end_time: float.
        rtol: float. Relative tolerance of a step; see `solve_ode`.
        atol: float. Absolute tolerance.
        max_num_steps: int. Steps after which a solve gives up and returns NaN.

    Example:
    >>> growth = ODEBijector(lambda t, x: x)
    >>> growth.forward([1.0, 2.0]).numpy().round(3)
    array([2.718, 5.437], dtype=float32)
    >>> float(growth.forward_log_det_jacobian([1.0, 2.0]).numpy().round(3))
    2.0

    Reference:
        Chen et al., 2018, section 4, https://arxiv.org/abs/1806.07366
        Grathwohl et al., 2019, section 3, https://arxiv.org/abs/1810.01367
    """

    def __init__(
        self,
        derivative: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
        noise: tf.Tensor | None = None,
        *,
        end_time: float = 1.0,
        rtol: float = 1e-5,
        atol: float = 1e-5,
        max_num_steps: int = 1000,
        name: str = "ode_bijector",
    ):
        parameters = dict(locals())  # every argument: TFP keys its cache on them
        self.derivative = derivative
        self.noise = noise
        self.end_time = end_time
        self.tolerances = {"rtol": rtol, "atol": atol, "max_num_steps": max_num_steps}
        super().__init__(forward_min_event_ndims=1, parameters=parameters, name=name)

    def _forward_and_log_det(self, x):
        return self._solve(x, 0.0, self.end_time)

    def _inverse_and_log_det(self, y):
        return self._solve(y, self.end_time, 0.0)

    def _solve(self, x, start, end):
        """The log-determinant rides along as one more entry of the state."""
        trace = self._exact_trace if self.noise is None else self._estimated_trace

        def derivative(time, state):
            slope, log_det_slope = trace(time, state[..., :-1])
            return tf.concat([slope, log_det_slope[..., None]], axis=-1)

        state = tf.concat([x, tf.zeros_like(x[..., :1])], axis=-1)  # [..., D + 1]
        state = solve_ode(derivative, state, start, end, **self.tolerances)
        return state[..., :-1], state[..., -1]

    def _exact_trace(self, time, x):
        # One copy of x for each row of the Jacobian: all rows in one backward pass.
        features = x.shape[-1]
        copies = tf.broadcast_to(x, tf.concat([[features], tf.shape(x)], axis=0))
        middle = [1] * (x.shape.rank - 1)
        basis = tf.reshape(tf.eye(features, dtype=x.dtype), [-1, *middle, features])
        with tf.GradientTape() as tape:
            tape.watch(copies)
            slopes = self.derivative(time, copies)
        basis = tf.broadcast_to(basis, tf.shape(copies))  # [D, ..., D]
        rows = tape.gradient(slopes, copies, basis, "zero")
        return slopes[0], tf.reduce_sum(rows * basis, axis=[0, -1])

    def _estimated_trace(self, time, x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            slope = self.derivative(time, x)
        noise = tf.broadcast_to(self.noise, tf.shape(x))
        row = tape.gradient(slope, x, noise, "zero")  # noise^T df/dx
        return slope, tf.reduce_sum(row * noise, axis=-1)
