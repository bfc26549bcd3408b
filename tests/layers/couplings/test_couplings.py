import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from contracts import (
    check_flow_layer,
    check_refused,
    check_saturated,
    perturb,
)
from genkeras.layers import (
    AdditiveCoupling,
    AffineCoupling,
    DiagonalScaling,
    LogisticMixtureCoupling,
    SplineCoupling,
)

COUPLINGS = [
    AffineCoupling,
    AdditiveCoupling,
    SplineCoupling,
    LogisticMixtureCoupling,
]

tfd = tfp.distributions


@pytest.mark.parametrize("kind", COUPLINGS)
@pytest.mark.parametrize(("flip", "condition_size"), [(False, None), (True, 3)])
def test_contract(kind, flip, condition_size):
    def make(**kwargs):
        return kind((8,), flip=flip, activation="tanh", **kwargs)

    # A mixture of logistics in place of the identity: that is what it adds.
    identity = kind not in (LogisticMixtureCoupling, AdditiveCoupling)
    check_flow_layer(make, (5,), condition_size=condition_size, identity=identity)


def test_an_additive_coupling_starts_as_the_identity_if_told():
    layer = AdditiveCoupling((4,), identity_start=True)
    x = tf.random.stateless_normal([5, 3], seed=(0, 0))
    np.testing.assert_array_equal(layer(x), x)
    assert np.abs(AdditiveCoupling((4,))(x) - x).max() > 0.01


def test_additive_couplings_learn_from_mirror_symmetric_data():
    layer = AdditiveCoupling((16,))
    layer.build((None, 2))
    given, moved = np.random.default_rng(0).normal(size=[2, 50, 1]).astype("float32")
    x = np.concatenate([np.c_[given, moved], np.c_[given, -moved]])
    with tf.GradientTape() as tape:
        z = layer.bijector().inverse(tf.constant(x))
        nll = tf.reduce_mean(tf.reduce_sum(z**2, axis=-1)) / 2
    steps = tape.gradient(nll, layer.conditioner.out.kernel)
    assert np.abs(steps).max() > 0.01


@pytest.mark.parametrize("event_shape", [(1,), (3,), (2, 3, 1)])
def test_scaling_contract(event_shape):
    check_flow_layer(DiagonalScaling, event_shape)


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


@pytest.mark.parametrize("features", [2, 5])
@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("kind", COUPLINGS)
def test_one_half_stays_and_all_of_the_other_moves(kind, flip, features):
    layer = kind((8,), flip=flip)
    layer.build((None, features))
    perturb(layer, 0.3)
    x = tf.random.stateless_normal([1, features], seed=(0, 1))
    first = np.arange(features) < features // 2
    kept = ~first if flip else first
    np.testing.assert_array_equal((layer(x) == x)[0], kept)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", COUPLINGS)
def test_extreme_inputs_stay_finite(kind, dtype):
    layer = kind((8,), dtype=dtype)
    layer.build((None, 3))
    perturb(layer, 1.0)
    x = tf.constant([[1e6, -1e6, 1.0], [0.0, 1e-30, -1e-30]], dtype)
    check_saturated(
        layer.bijector(), x, event_ndims=1, variables=layer.trainable_variables
    )


@pytest.mark.parametrize("kind", COUPLINGS)
@pytest.mark.parametrize("shape", [(None, 1), (None, 4, 4, 1), (None, None)])
def test_rejects_what_cannot_be_split(kind, shape):
    check_refused(lambda: kind().build(shape), "at least 2", str(tuple(shape)))


def test_a_wild_step_cannot_overflow():
    layer = AffineCoupling((8,), max_log_scale=3.0)
    layer.build((None, 2))
    layer.conditioner.out.bias.assign([0.0, 1e4])  # log scale, unbounded
    np.testing.assert_allclose(layer(tf.ones([1, 2]))[0, 1], np.exp(3.0), rtol=1e-5)


def test_additive_coupling_preserves_volume():
    layer = AdditiveCoupling((8,))
    layer.build((None, 4))
    bijector = perturb(layer, 0.5).bijector()
    log_det = bijector.forward_log_det_jacobian(tf.ones([3, 4]), 1)
    np.testing.assert_array_equal(log_det, 0.0)


def test_scaling_takes_the_condition_of_its_chain_and_ignores_it():
    layer = DiagonalScaling()
    layer.build((None, 2))
    x = tf.ones([3, 2])
    np.testing.assert_array_equal(layer(x, tf.ones([3, 4])), layer(x))
