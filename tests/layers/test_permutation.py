import numpy as np
import pytest
import tensorflow as tf

from contracts import check_bijector
from genkeras.layers import Permutation


@pytest.mark.parametrize("order", ["reversed", "random"])
@pytest.mark.parametrize("event", [(1,), (5,), (2, 3, 4)])
def test_contract(order, event):
    layer = Permutation(order, seed=3)
    layer.build((None, *event))
    x = tf.random.stateless_normal([4, *event], seed=(0, 2))
    check_bijector(layer.bijector(), x, event_ndims=len(event))


def test_the_config_brings_the_order_back():
    layer = Permutation("random", seed=7)
    again = Permutation.from_config(layer.get_config())
    x = np.arange(20.0, dtype="float32")[None]
    np.testing.assert_array_equal(layer(x), again(x))
    assert not np.array_equal(layer(x), Permutation("random", seed=8)(x))
    np.testing.assert_array_equal(layer.inverse(layer(x)), x)


def test_rejects_another_order():
    with pytest.raises(ValueError, match="order='sorted'"):
        Permutation("sorted")
