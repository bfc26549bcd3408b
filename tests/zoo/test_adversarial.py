import keras
import numpy as np
import pytest
import tensorflow as tf

from genkeras.zoo import GAN, WGANGP, NonSaturatingGame, WassersteinGPGame

OPTIONS = {"output_activation": "linear", "ema_decay": 0.9, "seed": 3}


def _data(n=20):
    return np.random.default_rng(0).normal(size=(n, 2)).astype("float32")


@pytest.fixture(params=[GAN, WGANGP])
def model(request):
    model = request.param((2,), 4, **OPTIONS)
    model.compile()
    model.fit(_data(), batch_size=10, verbose=0)
    return model


def test_a_loaded_model_keeps_both_optimizers_and_the_average(model, tmp_path):
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(loaded.sample(5, seed=1), model.sample(5, seed=1))
    for side in ("generator_optimizer", "discriminator_optimizer"):
        assert getattr(loaded, side).iterations == getattr(model, side).iterations
    for m in (model, loaded):
        m.fit(_data(), batch_size=10, verbose=0, shuffle=False)
    np.testing.assert_allclose(
        loaded.sample(5, seed=1), model.sample(5, seed=1), atol=1e-6
    )


def test_samples_come_from_the_averaged_weights(model):
    z = tf.ones([3, 4])
    assert not np.allclose(model.generate(z), model.generator(z))
    for average, weight in zip(
        model.averages, model.generator.trainable_variables, strict=True
    ):
        average.assign(weight)
    np.testing.assert_allclose(model.generate(z), model.generator(z), rtol=1e-6)


def test_the_export_agrees(model, tmp_path):
    model.export(tmp_path / "1", verbose=False)
    served = tf.saved_model.load(tmp_path / "1")
    samples = served.sample(7, tf.constant([0, 5]))["samples"]
    np.testing.assert_allclose(samples, model.sample(7, seed=5), atol=1e-5)


def test_the_critic_takes_its_steps(model):
    ratio = model.game.num_critic_steps
    second = model.discriminator_optimizer.iterations
    assert second == ratio * model.optimizer.iterations


def test_losses_by_hand():
    real, fake = tf.constant([1.0]), tf.constant([-2.0])
    sigmoid = lambda s: 1.0 / (1.0 + np.exp(-s))  # noqa: E731
    wanted = -np.log(sigmoid(1.0)) - np.log(1.0 - sigmoid(-2.0))
    game = NonSaturatingGame()
    np.testing.assert_allclose(game.discriminator_loss(real, fake), [wanted], rtol=1e-6)
    np.testing.assert_allclose(
        game.generator_loss(fake), [-np.log(sigmoid(-2.0))], rtol=1e-6
    )
    game = WassersteinGPGame()
    np.testing.assert_allclose(game.discriminator_loss(real, fake), [-3.0])
    np.testing.assert_allclose(game.generator_loss(fake), [2.0])


def test_a_batch_below_the_critic_steps_is_named():
    model = WGANGP((2,), 4, **OPTIONS)
    model.compile()
    with pytest.raises(ValueError, match="a batch of 3"):
        model.fit(tf.data.Dataset.from_tensors(_data(3)), verbose=0)
