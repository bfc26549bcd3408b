import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from contracts import check_bijector, perturb
from genkeras.layers import (
    AdditiveCoupling,
    AffineCoupling,
    DiagonalScaling,
    LogisticMixtureCoupling,
    SplineCoupling,
)

tfd = tfp.distributions

LAYERS = [
    lambda: AffineCoupling((8,)),
    lambda: AffineCoupling((8,), flip=True),
    lambda: AdditiveCoupling((8,)),
    lambda: AdditiveCoupling((8,), flip=True),
    lambda: SplineCoupling((8,)),
    lambda: SplineCoupling((8,), flip=True),
    lambda: LogisticMixtureCoupling((8,), num_components=3),
    lambda: LogisticMixtureCoupling((8,), num_components=3, flip=True),
    DiagonalScaling,
]


@pytest.mark.parametrize("make", LAYERS)
@pytest.mark.parametrize("features", [2, 3, 6])
def test_contract(make, features):
    layer = make()
    layer.build((None, features))
    x = tf.random.stateless_normal([5, features], seed=(0, 2))
    check_bijector(perturb(layer, 0.3).bijector(), x, event_ndims=1)


@pytest.mark.parametrize("kind", [AffineCoupling, SplineCoupling])
def test_is_exact_in_float64(kind):
    layer = kind((8,), dtype="float64")
    layer.build((None, 5), (None, 2))
    x = tf.random.stateless_normal([6, 5], seed=(0, 2), dtype=tf.float64)
    bijector = perturb(layer, 0.3).bijector(tf.ones([6, 2], tf.float64))
    check_bijector(bijector, x, event_ndims=1, tolerance=1e-9)


def test_the_network_runs_once_for_a_density_and_once_for_its_samples():
    layer = AffineCoupling((8,))
    layer.build((None, 4))
    calls = []
    network = layer.conditioner
    layer._parameters = lambda given, _: (
        calls.append(1),
        tf.reshape(network(given), [-1, 2, 2]),
    )[1]
    base = tfd.MultivariateNormalDiag(tf.zeros([4]))
    tfd.TransformedDistribution(base, layer.bijector()).log_prob(tf.ones([3, 4]))
    assert len(calls) == 1
    bijector = layer.bijector()
    bijector.forward(tf.ones([3, 4])), bijector.forward(tf.zeros([3, 4]))
    assert len(calls) == 3


def test_mixture_components_part_ways():
    layer = LogisticMixtureCoupling((8,), num_components=3)
    layer.build((None, 2))
    with tf.GradientTape() as tape:
        z = layer.inverse(tf.random.stateless_normal([64, 2], seed=(0, 1)))
        loss = tf.reduce_mean(z**2)
    bias = tape.gradient(loss, layer.conditioner.out.bias.value).numpy()
    loc = bias[2 + 3 : 2 + 6]
    assert len(set(loc.round(6))) == 3


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
