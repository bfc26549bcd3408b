import numpy as np
import pytest
import tensorflow as tf
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from genkeras.distributions import ODEBijector, solve_ode

TIGHT = {"rtol": 1e-10, "atol": 1e-10}
START = np.array([10.0, 5.0])


def _predators(t, y, cos=np.cos, stack=np.stack):
    """Lotka and Volterra's equations, with a season."""
    x, p = y[..., 0], y[..., 1]
    return stack([x * (1.5 - p) + cos(3.0 * t), p * (x - 3.0)], -1)


def _predators_tf(t, y):
    return _predators(t, y, tf.cos, tf.stack)


@pytest.mark.parametrize("times", [(0.0, 3.0), (2.0, 0.5)])
def test_against_scipy(times):
    wanted = solve_ivp(
        _predators, times, START, method="DOP853", rtol=1e-12, atol=1e-12
    )
    y = solve_ode(_predators_tf, tf.constant(START[None]), *times, **TIGHT)
    np.testing.assert_allclose(y[0], wanted.y[:, -1], rtol=1e-7)


def test_takes_no_more_steps_than_scipy():
    calls = []

    def counted(t, y):
        calls.append(t)
        return _predators_tf(t, y)

    options = {"rtol": 1e-6, "atol": 1e-6}
    theirs = solve_ivp(_predators, (0.0, 3.0), START, method="RK45", **options)
    solve_ode(counted, tf.constant(START), 0.0, 3.0, **options)
    assert len(calls) < 1.1 * theirs.nfev


def test_each_row_meets_the_tolerance():
    """A fast row is solved as well among a thousand slow ones as it is alone."""
    rates = tf.constant([[10.0]] + 1000 * [[0.01]], tf.float64)

    def error(rates):
        y = solve_ode(lambda t, y: -rates * y, tf.ones_like(rates), 0.0, 1.0)
        return abs(y[0, 0] - np.exp(-10.0))

    assert error(rates) < 2.0 * error(rates[:1])


@pytest.mark.parametrize("compiled", [False, True])
def test_gradients_are_those_of_the_solution(compiled):
    rate = tf.Variable(0.7, dtype=tf.float64)
    start = tf.Variable(tf.constant([[2.0]], tf.float64))

    def gradients():
        with tf.GradientTape() as tape:
            y = solve_ode(lambda t, y: rate * t * y, start.value(), 0.0, 1.0, **TIGHT)
        return tape.gradient(y, [rate, start])

    # y(1) = start * exp(rate / 2)
    wrt_rate, wrt_start = tf.function(gradients)() if compiled else gradients()
    np.testing.assert_allclose(wrt_rate, np.exp(0.35), rtol=1e-8)
    np.testing.assert_allclose(wrt_start, [[np.exp(0.35)]], rtol=1e-8)


def test_gives_up_with_nan():
    y = solve_ode(_predators_tf, tf.constant(START), 0.0, 3.0, max_num_steps=3)
    assert np.all(np.isnan(y))


MATRIX = np.array([[0.5, -1.0, 0.2], [0.3, 0.1, 0.0], [-0.4, 0.9, -0.8]])


def test_a_linear_field_is_the_matrix_exponential():
    x = np.random.default_rng(0).normal(size=(4, 3))
    bijector = ODEBijector(lambda t, x: x @ MATRIX.T, end_time=2.0, **TIGHT)
    np.testing.assert_allclose(bijector.forward(x), x @ expm(2.0 * MATRIX).T, rtol=1e-7)
    log_det = bijector.forward_log_det_jacobian(x)
    np.testing.assert_allclose(log_det, np.full(4, 2.0 * np.trace(MATRIX)), rtol=1e-9)


def _field(t, x):
    return tf.sin(x @ MATRIX.T) * (1.0 + t) + t**2


def test_the_estimate_is_unbiased():
    """Over all sign vectors, Hutchinson's estimates average to the trace."""
    x = np.random.default_rng(0).normal(size=(1, 3))
    signs = np.stack(np.meshgrid(*[[-1.0, 1.0]] * 3), -1).reshape(8, 3)
    exact = ODEBijector(_field, **TIGHT).inverse_log_det_jacobian(x)
    many = ODEBijector(_field, tf.constant(signs), **TIGHT)
    estimates = many.inverse_log_det_jacobian(np.repeat(x, 8, axis=0))
    assert np.std(estimates) > 0.1
    np.testing.assert_allclose(np.mean(estimates), exact[0], rtol=1e-7)
