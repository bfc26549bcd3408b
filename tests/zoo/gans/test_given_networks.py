"""GANs of networks that the user brings, and games that see what they need."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import check_adversarial, check_refused, perturb, state
from contracts.models import Tiny
from contracts.resume import reload, train
from genkeras.zoo import (
    DCGAN,
    GAN,
    SNGAN,
    WGAN,
    WGANGP,
    Game,
    HingeGame,
    Regularizer,
    WassersteinGPGame,
    WGANGPResNet,
)

X = np.random.default_rng(0).normal(size=(12, 4, 4, 1)).clip(-1, 1).astype("float32")
LABELS = np.arange(12) % 3


def _generator():
    return keras.Sequential(
        [
            keras.layers.Dense(2 * 2 * 3),
            keras.layers.BatchNormalization(),
            keras.layers.LeakyReLU(),
            keras.layers.Reshape((2, 2, 3)),
            keras.layers.Conv2DTranspose(1, 4, 2, "same", activation="tanh"),
        ]
    )


def _discriminator(rate=0.3):
    return keras.Sequential(
        [
            keras.layers.Conv2D(3, 3, 2, "same"),
            keras.layers.LeakyReLU(),
            keras.layers.Dropout(rate, seed=1),
            keras.layers.Flatten(),
            keras.layers.Dense(1),
        ]
    )


def _gan(rate=0.3, **kwargs):
    networks = {"generator": _generator(), "discriminator": _discriminator(rate)}
    return GAN((4, 4, 1), 3, **networks, **kwargs)


def test_contract():
    def make():
        keras.utils.set_random_seed(1)
        return _gan(rate=0.0, seed=0, ema_decay=0.9)

    check_adversarial(make, X)


def test_it_is_saved_resumed_and_served(tmp_path):
    model = perturb(_gan(seed=0))
    model.compile("sgd", "sgd", run_eagerly=True)
    train(model, Tiny(_gan, X))
    loaded = reload(model)
    for name, value in state(model).items():
        np.testing.assert_array_equal(state(loaded)[name], value)
    np.testing.assert_array_equal(loaded.sample(3, seed=0), model.sample(3, seed=0))
    model.export(tmp_path / "gan", verbose=False)
    served = tf.saved_model.load(tmp_path / "gan").signatures["generate"]
    z = np.ones([2, 3], "float32")
    np.testing.assert_allclose(served(z=z)["x"], model.generate(z), atol=1e-6)


def test_the_encoded_condition_is_the_second_argument():
    def joined(*shapes, units):
        inputs = [keras.Input(shape) for shape in shapes]
        flat = keras.layers.Concatenate()(inputs)
        return keras.Model(inputs, keras.layers.Dense(units)(flat))

    probe = GAN((2,), 3, condition_spec={"num_classes": 3})
    size = probe.condition_size
    model = GAN(
        (2,),
        3,
        condition_spec={"num_classes": 3},
        generator=joined((3,), (size,), units=2),
        discriminator=joined((2,), (size,), units=1),
        seed=0,
    )
    z = np.ones([2, 3], "float32")
    first, second = (model.generate(z, np.full(2, k)) for k in (0, 1))
    assert np.abs(first - second).min() > 0.0
    assert model.discriminate(first, np.zeros(2, int)).shape == (2,)


@pytest.mark.parametrize(
    ("networks", "says"),
    [
        ({"generator": keras.layers.Dense(3)}, "[B, 3] to [B, 2]"),
        ({"discriminator": keras.layers.Lambda(lambda x: x[:, 0])}, "returns [B]"),
        ({"discriminator": keras.layers.Dense(1, "sigmoid")}, "sigmoid"),
    ],
)
def test_networks_that_do_not_fit(networks, says):
    check_refused(lambda: GAN((2,), 3, **networks), says)


# === Games ===
@pytest.mark.parametrize(
    ("kind", "shape"),
    [(GAN, (2,)), (WGAN, (2,)), (WGANGP, (2,)), (DCGAN, (4, 4, 1))]
    + [(SNGAN, (4, 4, 1)), (WGANGPResNet, (4, 4, 1))],
)
def test_every_gan_plays_another_game_that_is_saved_with_it(kind, shape):
    filters = {"generator_filters": (3, 2), "discriminator_filters": (2, 3)}
    units = {"generator_units": (4,), "discriminator_units": (4,)}
    sizes = filters if len(shape) == 3 else units
    model = kind(shape, 2, game=HingeGame(3), **sizes)
    twin = kind.from_config(model.get_config())
    assert isinstance(twin.game, HingeGame)
    assert twin.game.num_critic_steps == 3
    if kind in (WGAN, WGANGP, SNGAN, WGANGPResNet):
        check_refused(
            lambda: kind(shape, 2, game=HingeGame(), num_critic_steps=4, **sizes),
            "num_critic_steps=4",
        )
        assert kind(shape, 2, num_critic_steps=4, **sizes).game.num_critic_steps == 4


def test_a_paper_is_played_by_default():
    game = WGANGP((2,), 2).game
    assert isinstance(game, WassersteinGPGame)
    assert (game.num_critic_steps, game.weight) == (5, 10.0)
    assert WGANGP((2,), 2, penalty_weight=0.1).game.weight == 0.1


class RelativisticGame(Game):
    """Each side is held against the other's mean (Jolicoeur-Martineau, 2019, eq. 8)."""

    sees_real_scores = True

    def discriminator_loss(self, real_scores, fake_scores):
        real = real_scores - tf.reduce_mean(fake_scores)
        fake = fake_scores - tf.reduce_mean(real_scores)
        return tf.nn.softplus(-real) + tf.nn.softplus(fake)

    def generator_loss(self, fake_scores, real_scores):
        return self.discriminator_loss(fake_scores, real_scores)


def test_a_relativistic_game_is_written_by_a_user():
    units = {"generator_units": (4,), "discriminator_units": (4,)}
    model = GAN((2,), 2, game=RelativisticGame(), **units, seed=0)
    model.compile("sgd", "sgd", run_eagerly=True)
    x = np.random.default_rng(0).uniform(-1, 1, (6, 2)).astype("float32")
    z = tf.ones([6, 2])
    model._latents = lambda num_samples, seed: z
    real, fake = (model.discriminate(v).numpy() for v in (x, model.generate(z)))
    wanted = np.logaddexp(0, -(fake - real.mean())) + np.logaddexp(
        0, real - fake.mean()
    )
    logs = model.evaluate(x, batch_size=6, verbose=0)
    np.testing.assert_allclose(logs["generator_loss"], wanted.mean(), rtol=1e-5)
    model.fit(x, batch_size=6, verbose=0)


def test_a_regularizer_for_another_player_is_refused():
    class Smooth(Regularizer):
        player = "generator"

        def get_config(self):
            return {}

    check_refused(lambda: HingeGame(regularizers=[Smooth()]), "'generator'")
