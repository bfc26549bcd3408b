"""Promises of every model that learns by a game."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import check_adversarial, check_refused, check_sampler, perturb
from contracts.models import GAMES, TINY, sweep
from genkeras.zoo import GAN, WGANGP, WassersteinGPGame


@pytest.mark.parametrize("name", sweep(GAMES))
def test_contract(name):
    tiny = TINY[name]
    check_adversarial(lambda: perturb(tiny()), tiny.x, tiny.condition)
    check_sampler(tiny(), tiny.condition)


def test_the_averages_start_at_the_weights():
    model = TINY["wgan_gp"]()
    weights = model.generator.trainable_variables
    for average, weight in zip(model.averages, weights, strict=True):
        np.testing.assert_array_equal(average.numpy(), weight.numpy())


def test_the_penalty_mixes_each_pair_by_one_number():
    """Of a critic `|x|^2 / 2` the slope is `x` itself, so the mix can be read off."""
    real, fake = tf.ones([2000, 3]), tf.zeros([2000, 3])
    score = lambda x: tf.reduce_sum(tf.square(x), axis=1) / 2  # noqa: E731
    penalty = WassersteinGPGame(weight=1.0).penalty(score, real, fake, (0, 1))
    # |m| = u sqrt(3), so E (|m| - 1)^2 = 3 E u^2 - 2 sqrt(3) E u + 1 = 2 - sqrt(3).
    np.testing.assert_allclose(np.mean(penalty), 2 - np.sqrt(3), atol=0.02)
    # One number for each pair: |m| reaches sqrt(3), and none lies above it.
    assert np.max(penalty) <= 1.0
    assert np.mean(penalty > 0.9) > 0.02


def test_the_penalty_has_a_gradient_where_the_critic_is_flat():
    weight = tf.Variable(0.0)
    x = tf.ones([2, 3])
    with tf.GradientTape() as tape:
        flat = lambda x: weight * x[:, 0]  # noqa: E731
        loss = tf.reduce_sum(WassersteinGPGame().penalty(flat, x, x, (0, 1)))
    assert np.isfinite(tape.gradient(loss, weight))


@pytest.mark.parametrize("kind", [GAN, WGANGP])
def test_weights_of_examples_are_refused(kind):
    model = kind((2,), 4)
    model.compile(run_eagerly=True)
    data = (np.zeros([10, 2], "float32"), None, np.ones(10, "float32"))
    with pytest.raises(ValueError, match="takes no example weights"):
        model.train_step(data)


def test_an_averaging_optimizer_is_refused():
    model = TINY["wgan_gp"]()
    twice = keras.optimizers.Adam(use_ema=True)
    check_refused(lambda: model.compile(twice), "ema_decay=")


@pytest.mark.parametrize("decay", [0.0, 1.0, -0.1])
def test_a_decay_outside_0_and_1_is_refused(decay):
    check_refused(lambda: GAN((2,), 2, ema_decay=decay), str(decay))


def test_many_steps_in_one_graph_call_are_those_of_many_calls():
    """And a saved model compiles as it was compiled."""
    x = np.random.default_rng(0).normal(size=(80, 2)).astype("float32")

    def trained(count):
        keras.utils.set_random_seed(0)
        model = GAN((2,), 4, seed=0, ema_decay=0.9, output_activation="linear")
        model.compile("sgd", "sgd", steps_per_execution=count, jit_compile=False)
        model.fit(x, batch_size=10, shuffle=False, verbose=0)
        return model

    one, four = trained(1), trained(4)
    for want, got in zip(one.variables, four.variables, strict=True):
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-6)
    assert four.get_compile_config()["steps_per_execution"] == 4


def test_under_a_strategy_a_graph_call_is_one_step():
    """Keras fails there with more."""
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        model = GAN((2,), 4)
        model.compile(steps_per_execution=4)
    model.fit(np.zeros([80, 2], "float32"), batch_size=10, verbose=0)
    assert model.optimizer.iterations == 8
