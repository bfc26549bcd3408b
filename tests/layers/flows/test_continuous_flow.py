import numpy as np
import tensorflow as tf

from contracts import check_bijector, perturb
from genkeras.layers import ConcatSquash, ContinuousFlow


def _layer(shape, condition_shape=None):
    layer = ContinuousFlow((8,), rtol=1e-7, atol=1e-7, dtype="float64")
    layer.build(shape, condition_shape)
    return layer


def test_a_condition_steers_each_row():
    layer = perturb(_layer((None, 2), (None, 3)), 0.3)
    x = tf.ones([4, 2], tf.float64)
    condition = tf.random.stateless_normal([4, 3], seed=(0, 2), dtype=tf.float64)
    bijector = layer.bijector(condition)
    check_bijector(bijector, x, event_ndims=1, tolerance=1e-5)
    alone = layer.bijector(condition[1:2]).forward(x[1:2])
    np.testing.assert_allclose(bijector.forward(x)[1:2], alone, rtol=1e-5)
    assert not np.allclose(alone, bijector.forward(x)[2:3], atol=1e-3)


def test_starts_as_the_identity():
    x = tf.random.stateless_normal([4, 3], seed=(0, 2), dtype=tf.float64)
    np.testing.assert_array_equal(_layer((None, 3))(x), x)


def test_depends_on_time():
    layer = perturb(_layer((None, 2)), 0.3)
    derivative = layer._derivative(None)
    x = tf.ones([1, 2], tf.float64)
    early, late = (derivative(tf.constant(t, tf.float64), x) for t in (0.0, 1.0))
    assert not np.allclose(early, late, atol=1e-3)


def test_the_first_layer_starts_with_its_gain_and_the_others_without():
    layer = ConcatSquash(4096, input_gain=3.0)
    layer.build((None, 4), (None, 1))
    np.testing.assert_allclose(np.std(layer.main.kernel), 3.0 / 2.0, rtol=0.05)
    assert 5.9 < np.abs(layer.main.bias).max() <= 6.0
    flow = ContinuousFlow((8, 8), input_gain=3.0)
    assert [hidden.input_gain for hidden in flow.hidden] == [3.0, None]
