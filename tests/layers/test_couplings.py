import numpy as np
import pytest
import tensorflow as tf

from contracts import check_bijector, perturb
from genkeras.layers import AdditiveCoupling, AffineCoupling, DiagonalScaling

LAYERS = [
    lambda: AffineCoupling((8,)),
    lambda: AffineCoupling((8,), flip=True),
    lambda: AdditiveCoupling((8,)),
    lambda: AdditiveCoupling((8,), flip=True),
    DiagonalScaling,
]


@pytest.mark.parametrize("make", LAYERS)
@pytest.mark.parametrize("features", [2, 3, 6])
def test_contract(make, features):
    layer = make()
    layer.build((None, features))
    x = tf.random.stateless_normal([5, features], seed=(0, 2))
    check_bijector(perturb(layer, 0.3).bijector(), x, event_ndims=1)


def test_rejects_one_feature():
    with pytest.raises(ValueError, match="at least 2"):
        AffineCoupling().build((None, 1))


def test_says_that_it_is_unbuilt():
    with pytest.raises(ValueError, match="no weights yet"):
        AffineCoupling().bijector()


def test_a_wild_step_cannot_overflow():
    layer = AffineCoupling((8,), max_log_scale=3.0)
    layer.build((None, 2))
    layer.conditioner.out.bias.assign([0.0, 1e4])  # log scale, unbounded
    np.testing.assert_allclose(layer(tf.ones([1, 2]))[0, 1], np.exp(3.0), rtol=1e-5)
