"""Promises of the residual GANs; the whole of their contracts is in the slow run."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import (
    check_hand_step,
    check_players,
    check_refused,
    check_resume,
    check_served,
    perturb,
    requests,
    serve_here,
)
from contracts.models import TINY
from genkeras.layers import spectral_layers
from genkeras.zoo import (
    R1,
    ConditionalGAN,
    HingeGame,
    LeastSquaresGame,
    NonSaturatingGame,
    WassersteinGPGame,
    WGANGPResNet,
)

SMALL = {"generator_filters": (3, 2), "discriminator_filters": (2, 3)}


def conditional(**kwargs):
    keras.utils.set_random_seed(0)
    spec = {"num_classes": 3}
    return ConditionalGAN((4, 4, 1), 2, condition_spec=spec, **SMALL, seed=0, **kwargs)


@pytest.mark.parametrize("name", ["conditional_gan", "wgan_gp_resnet"])
def test_a_step_is_that_of_the_game(name):
    tiny = TINY[name]
    check_hand_step(perturb(tiny()), tiny.x, tiny.condition)


def test_each_player_moves_its_own_weights():
    tiny = TINY["conditional_gan"]
    check_players(lambda: perturb(tiny()), tiny.x, tiny.condition)


def test_it_is_resumed_and_served():
    tiny = TINY["conditional_gan"]
    check_resume(tiny)
    model = perturb(tiny())
    calls = requests(model, tiny.x, tiny.condition, sizes=(3,))
    check_served(serve_here(model, calls), calls)


def test_mixed_precision_is_finite_and_close():
    tiny = TINY["conditional_gan"]
    reference = perturb(tiny())
    model = tiny(dtype="mixed_float16")
    model.set_weights(reference.get_weights())
    z = np.random.default_rng(0).normal(size=(12, 2)).astype("float32")
    images = [m.generate(z, tiny.condition) for m in (model, reference)]
    np.testing.assert_allclose(*images, atol=0.02)
    scores = [m.discriminate(tiny.x, tiny.condition) for m in (model, reference)]
    np.testing.assert_allclose(*scores, rtol=0.02, atol=0.02)
    model.compile(run_eagerly=True)
    logs = model.train_step((tiny.x, tiny.condition))
    assert all(np.isfinite(value) for value in logs.values())


# === Conditions ===
@pytest.mark.parametrize("conditioning", ["projection", "concatenation"])
def test_both_players_read_the_label(conditioning):
    model = perturb(conditional(conditioning=conditioning))
    z, x = np.ones([3, 2], "float32"), np.ones([3, 4, 4, 1], "float32")
    x[:, ::2] = -1.0
    for one in (model.generate(z, [0, 1, 2]), model.discriminate(x, [0, 1, 2])):
        rows = np.reshape(one, [3, -1])
        assert not np.allclose(rows[0], rows[1])
        assert not np.allclose(rows[1], rows[2])
    # Not an embedding that only one of the players learns.
    assert model.condition_encoder.weights == []


def test_a_class_has_weights_of_its_own():
    """What one class learns leaves the pictures and scores of the others alone."""
    model = perturb(conditional(), 0.5)
    z, x = np.ones([3, 2], "float32"), np.ones([3, 4, 4, 1], "float32")
    # Unit weights, or a changed row would reach the others through the norm.
    images, scores = model.generate(z, [0, 1, 2]), model.discriminate(x, [0, 1, 2])
    changed = tf.constant([[0.0], [1.0], [0.0]])
    for block in model.generator.blocks:
        for norm in block.norms:
            for part in (norm.gain, norm.bias):
                part.kernel.assign_add(changed * tf.ones_like(part.kernel))
    moved = np.any(model.generate(z, [0, 1, 2]) != images, axis=(1, 2, 3))
    np.testing.assert_array_equal(moved, [False, True, False])
    projection = model.discriminator.head.projection
    sigma = projection.sigma()
    kernel = projection.layer.kernel
    kernel.assign_add(changed * tf.ones_like(kernel))
    projection.sigma = lambda: sigma  # the norm is of all classes together
    moved = model.discriminate(x, [0, 1, 2]) != scores
    np.testing.assert_array_equal(moved, [False, True, False])


def test_without_a_condition_it_is_refused():
    check_refused(
        lambda: ConditionalGAN((4, 4, 1), condition_spec=None), "condition_spec=None"
    )
    check_refused(lambda: conditional(conditioning="none"), "conditioning='none'")


# === Games and networks ===
@pytest.mark.parametrize(
    "game",
    [
        NonSaturatingGame(num_critic_steps=2),
        LeastSquaresGame(regularizers=[R1(2.0)]),
        WassersteinGPGame(3, weight=4.0),
    ],
)
def test_any_game_is_played_and_saved(game):
    model = conditional(game=game, regularizers=[R1(3.0)])
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
    twin = keras.saving.deserialize_keras_object(config)
    assert type(twin.game) is type(game)
    for one in (model, twin):
        assert one.game.num_critic_steps == game.num_critic_steps
        # Those of the game and of the model, each once.
        assert len(one.game.regularizers) == len(game.regularizers) + 1
    assert twin.given_game.get_config() == game.get_config()


def test_what_is_no_game_is_refused():
    with pytest.raises(TypeError, match="Received: 'hinge'"):
        conditional(game="hinge")


def test_the_game_is_the_papers_where_none_is_given():
    model = conditional()
    assert isinstance(model.game, HingeGame)
    assert model.game.num_critic_steps == 5
    # Two blocks of three kernels, the score and the projection.
    assert len(spectral_layers(model.discriminator)) == 2 * 3 + 2
    assert spectral_layers(model.generator) == []


def test_scores_of_a_critic_under_a_penalty_do_not_depend_on_the_batch():
    model = perturb(WGANGPResNet((4, 4, 1), 2, **SMALL, seed=0), 0.5)
    x = np.random.default_rng(0).normal(size=(6, 4, 4, 1)).astype("float32")
    whole = model._score(tf.constant(x), None, training=True)
    alone = model._score(tf.constant(x[:1]), None, training=True)
    np.testing.assert_allclose(whole[:1], alone, rtol=1e-5)
    check_refused(
        lambda: WGANGPResNet((4, 4, 1), critic_normalization="batch"),
        "critic_normalization='batch'",
    )
