"""Promises of Pix2Pix; the whole of its contracts is in the slow run."""

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
from genkeras.zoo import LeastSquaresGame, NonSaturatingGame, Pix2Pix, WassersteinGPGame

TINIEST = TINY["pix2pix"]
TARGET, SOURCE = TINIEST.x, TINIEST.condition
SMALL = {"generator_filters": (2, 3), "discriminator_filters": (2, 3)}


def small(**kwargs):
    keras.utils.set_random_seed(0)
    return Pix2Pix((4, 4, 1), num_downsamples=1, seed=0, **SMALL, **kwargs)


def test_a_step_is_that_of_the_game_and_the_distance():
    check_hand_step(perturb(TINIEST()), TARGET, SOURCE)


def test_the_losses_of_a_step_by_hand():
    """In NumPy, from what the two networks answer before the step."""
    model = perturb(TINIEST(), 0.5)
    z = np.random.default_rng(0).normal(size=(12, model.latent_size)).astype("float32")
    model._latents = lambda num_samples, seed: tf.constant(z)
    fake = model.generator(z, SOURCE).numpy()
    real_scores, fake_scores = (
        model.discriminator(image, SOURCE).numpy() for image in (TARGET, fake)
    )
    assert real_scores.shape == (12, 3, 3, 1)
    distance = np.abs(TARGET - fake).mean()
    zero = keras.optimizers.SGD(0.0)
    model.compile(zero, keras.optimizers.SGD(0.0), run_eagerly=True)
    logs = model.train_step((TARGET, SOURCE))
    wanted = {
        "discriminator_loss": (
            np.log1p(np.exp(-real_scores)).mean() + np.log1p(np.exp(fake_scores)).mean()
        ),
        "generator_loss": np.log1p(np.exp(-fake_scores)).mean() + 100.0 * distance,
        "l1": distance,
        "real_score": real_scores.mean(),
        "fake_score": fake_scores.mean(),
        "penalty": 0.0,
    }
    assert logs.keys() == wanted.keys()
    for name, value in wanted.items():
        np.testing.assert_allclose(logs[name], value, rtol=1e-4, atol=1e-6)


def test_each_player_moves_its_own_weights():
    check_players(lambda: perturb(TINIEST()), TARGET, SOURCE)


def test_it_is_resumed_and_served():
    check_resume(TINIEST)
    model = perturb(TINIEST())
    calls = requests(model, TARGET, SOURCE, sizes=(3,))
    calls = [call for call in calls if call[0] in ("generate", "translate")]
    assert len(calls) == 2
    check_served(serve_here(model, calls), calls)


def test_mixed_precision_is_finite_and_close():
    reference = perturb(TINIEST())
    model = TINIEST(dtype="mixed_float16")
    model.set_weights(reference.get_weights())
    z = np.random.default_rng(0).normal(size=(12, model.latent_size)).astype("float32")
    images = [m.generate(z, SOURCE) for m in (model, reference)]
    np.testing.assert_allclose(*images, atol=0.02)
    scores = [m.discriminate(TARGET, SOURCE) for m in (model, reference)]
    np.testing.assert_allclose(*scores, rtol=0.02, atol=0.02)
    model.compile(run_eagerly=True)
    logs = model.train_step((TARGET, SOURCE))
    assert all(np.isfinite(value) for value in logs.values())


# === Translating ===
def test_a_seed_gives_one_translation_and_another_seed_another():
    model = perturb(TINIEST(), 0.3)
    first = model.translate(SOURCE, seed=3)
    assert first.shape == TARGET.shape
    np.testing.assert_array_equal(model.translate(SOURCE, seed=3), first)
    np.testing.assert_array_equal(model.sample(12, condition=SOURCE, seed=3), first)
    # Each image has noise of its own.
    changed = np.any(model.translate(SOURCE, seed=4) != first, axis=(1, 2, 3))
    assert changed.all()
    twice = model.translate(np.repeat(SOURCE[:1], 2, axis=0), seed=3)
    assert not np.allclose(twice[0], twice[1])
    assert not np.array_equal(model.translate(SOURCE), model.translate(SOURCE))


def test_without_dropout_the_translation_is_a_function_of_the_source():
    model = small(num_dropouts=0)
    assert model.latent_size == 0
    source = np.random.default_rng(0).uniform(-1, 1, (3, 4, 4, 1)).astype("float32")
    images = [model.translate(source, seed=seed) for seed in (0, 1)]
    np.testing.assert_array_equal(*images)


def test_the_judge_sees_the_source():
    model = perturb(TINIEST(), 0.3)
    other = model.discriminate(TARGET, SOURCE[::-1].copy())
    assert not np.any(np.isclose(model.discriminate(TARGET, SOURCE), other))


@pytest.mark.parametrize(
    "game", [LeastSquaresGame(), WassersteinGPGame(2, weight=4.0), NonSaturatingGame(2)]
)
def test_any_game_is_played_and_saved(game):
    model = small(game=game)
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
    twin = keras.saving.deserialize_keras_object(config)
    assert type(twin.game) is type(game)
    assert twin.given_game.get_config() == game.get_config()
    assert twin.condition_spec == {"shape": [4, 4, 1]}


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: small(l1_weight=-1.0), "l1_weight=-1.0"),
        (lambda: small(condition_spec={"num_classes": 3}), "num_classes"),
        (lambda: small(condition_spec={"shape": [4, 5, 1]}), "[4, 5, 1]"),
        (lambda: small().translate(np.zeros([2, 4, 5, 1], "float32")), "(2, 4, 5, 1)"),
        (lambda: small().translate(np.zeros([2, 4, 4, 1], int)), "int64"),
        (lambda: small().discriminate(np.zeros([2, 4, 4, 1], "f")), "no condition"),
        (lambda: small().fit(np.zeros([2, 4, 4, 1], "f")), "no condition"),
    ],
)
def test_what_does_not_fit_is_refused(make, says):
    check_refused(make, says)
