import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import perturb
from genkeras.layers import InvertibleLinear


@pytest.mark.parametrize("channels", [1, 12, 48])
def test_starts_as_a_rotation(channels):
    layer = InvertibleLinear(seed=0)
    layer.build((None, channels))
    matrix = layer(tf.eye(channels)).numpy()
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(channels), atol=1e-5)
    log_det = layer.bijector().forward_log_det_jacobian(tf.zeros([1, channels]), 1)
    np.testing.assert_allclose(log_det, 0.0, atol=1e-5)


def test_log_det_is_that_of_the_whole_matrix():
    layer = InvertibleLinear(seed=1)
    layer.build((None, 4, 6, 5))
    perturb(layer, 0.3)
    matrix = layer(tf.eye(5)[:, None, None])[:, 0, 0].numpy().astype(float)
    x = tf.zeros([2, 4, 6, 5])
    log_det = layer.bijector().forward_log_det_jacobian(x, 3)
    want = 4 * 6 * np.linalg.slogdet(matrix).logabsdet
    np.testing.assert_allclose(log_det, want, rtol=1e-4)


def test_a_wild_step_leaves_it_invertible():
    layer = InvertibleLinear(seed=0)
    layer.build((None, 3))
    layer.factors.assign(tf.ones([3, 3]))
    layer.log_diagonal.assign([-3.0, 0.0, 3.0])
    x = tf.random.stateless_normal([8, 3], seed=(0, 1))
    np.testing.assert_allclose(layer.inverse(layer(x)), x, atol=1e-3)


def test_weights_carry_the_permutation(tmp_path):
    inputs = keras.Input((6,))
    make = lambda seed: keras.Model(inputs, InvertibleLinear(seed=seed)(inputs))  # noqa: E731
    first, second = make(0), make(1)
    first.save_weights(tmp_path / "w.weights.h5")
    second.load_weights(tmp_path / "w.weights.h5")
    x = np.ones([2, 6], "float32")
    np.testing.assert_array_equal(first(x), second(x))


@pytest.mark.parametrize("channels", [7, 32, 64])
def test_a_round_trip_loses_the_condition_number_and_no_more(channels):
    """Rounding `y` moves `x` by so much, however exact the map is."""
    layer = InvertibleLinear(seed=1)
    layer.build((None, channels))
    x = tf.random.stateless_normal([50, channels], seed=(0, 1))
    for _ in range(2):
        perturb(layer, 0.1)
        condition = np.linalg.cond(layer(tf.eye(channels)).numpy().astype("float64"))
        error = np.abs(layer.inverse(layer(x)) - x).max()
        assert error < max(4 * np.finfo("float32").eps * condition, 1e-6)
