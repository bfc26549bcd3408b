import keras
import numpy as np
import pytest
import tensorflow as tf

from genkeras.layers import ActNorm, AffineCoupling, global_moments
from genkeras.zoo import Flow


def data(shape, seed=0):
    rng = np.random.default_rng(seed)
    return (50.0 + 7.0 * rng.normal(size=shape)).astype("float32")


@pytest.mark.parametrize("event", [(3,), (4, 4, 3)])
def test_the_first_training_batch_sets_it_and_no_later_one(event):
    flow = Flow([ActNorm()], event)
    x = data((64, *event))
    flow(x)
    assert not flow.transforms[0].initialized.numpy()
    step = tf.function(lambda x: flow(x, training=True))
    log_prob = step(x)
    # The very first log_prob is that of the weights it has just set.
    np.testing.assert_allclose(log_prob, flow.log_prob(x), rtol=1e-5)
    z = flow.encode(x).numpy().reshape(-1, 3)
    np.testing.assert_allclose(z.mean(axis=0), 0.0, atol=1e-4)
    np.testing.assert_allclose(z.std(axis=0), 1.0, atol=1e-4)
    before = flow.transforms[0].shift.numpy()
    step(10.0 * x)
    np.testing.assert_array_equal(flow.transforms[0].shift, before)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_fit_starts_it_and_trains_on_from_there(jit_compile):
    flow = Flow([AffineCoupling((8,)), ActNorm()], (3,))
    flow.compile(keras.optimizers.SGD(0.05), jit_compile=jit_compile)
    x = data((64, 3))
    flow.fit(x, batch_size=16, epochs=2, shuffle=False, verbose=0)
    shift = flow.transforms[1].shift.numpy()
    np.testing.assert_allclose(shift, x[:16].mean(axis=0), rtol=2e-2)
    assert np.all(abs(shift - x[:16].mean(axis=0)) > 1e-3)


def test_a_constant_channel_keeps_its_scale():
    flow = Flow([ActNorm()], (2,))
    x = np.stack([np.full(16, 3e4), np.arange(16.0)], axis=1).astype("float32")
    flow(x, training=True)
    layer = flow.transforms[0]
    assert layer.log_scale.numpy()[0] == 0.0
    np.testing.assert_allclose(layer.shift, x.mean(axis=0), rtol=1e-6)
    flow(x[:1], training=True)
    assert np.all(np.isfinite(flow.log_prob(x)))


def test_global_moments_keep_their_digits_far_from_zero():
    x = (1e5 + np.random.default_rng(0).normal(size=(4000, 2))).astype("float32")
    mean, variance = global_moments(tf.constant(x))
    np.testing.assert_allclose(mean, x.astype(float).mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(variance, x.astype(float).var(axis=0), rtol=1e-3)
