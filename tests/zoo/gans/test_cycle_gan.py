"""Promises of CycleGAN; the sweeps over all models are in the slow run."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import (
    check_refused,
    check_resume,
    check_served,
    perturb,
    requests,
    serve_here,
)
from contracts.basics import plain_sgd, values
from contracts.models import TINY
from genkeras.zoo import CycleGAN, NonSaturatingGame, WassersteinGame, WeightClipping

TINIEST = TINY["cycle_gan"]
A, B = TINIEST.x, TINIEST.condition


def small(shape=(4, 4, 1), **kwargs):
    keras.utils.set_random_seed(0)
    widths = {"filters": (2, 3), "discriminator_filters": (2, 3)}
    return CycleGAN(shape, num_blocks=0, num_downsamples=1, seed=0, **widths, **kwargs)


# === A step ===
def by_hand(model, a, b):
    """Both losses as the paper writes them, from the networks themselves."""
    fake_a, fake_b = model.to_a(b), model.to_b(a)
    judge_a, judge_b = model.discriminator_a, model.discriminator_b

    def mean(x):
        return tf.reduce_mean(x)  # over images and patches, or numbers

    judged = mean((judge_a(a) - 1) ** 2) / 2 + mean((judge_b(b) - 1) ** 2) / 2
    judged += mean(judge_a(tf.stop_gradient(fake_a)) ** 2) / 2
    judged += mean(judge_b(tf.stop_gradient(fake_b)) ** 2) / 2
    made = mean((judge_a(fake_a) - 1) ** 2) + mean((judge_b(fake_b) - 1) ** 2)
    cycle = mean(tf.abs(model.to_a(fake_b) - a)) + mean(tf.abs(model.to_b(fake_a) - b))
    same = mean(tf.abs(model.to_a(a) - a)) + mean(tf.abs(model.to_b(b) - b))
    made += 10.0 * cycle + 5.0 * same
    return judged, made, cycle, same


def test_a_step_is_that_of_the_paper():
    """Losses and weights, the pool still giving back what it is given."""
    model = perturb(TINIEST())
    a, b = A[:4], B[:4]
    judges = model.discriminator_a.trainable_variables
    judges = [*judges, *model.discriminator_b.trainable_variables]
    makers = [*model.to_a.trainable_variables, *model.to_b.trainable_variables]
    start = values(model.weights)
    with tf.GradientTape() as tape:
        judged, *_ = by_hand(model, a, b)
    _descend(tape, judged, judges)
    with tf.GradientTape() as tape:
        _, made, cycle, same = by_hand(model, a, b)
    _descend(tape, made, makers)
    wanted = values([*judges, *makers])
    for v, old in zip(model.weights, start, strict=True):
        v.assign(old)
    model.compile(plain_sgd(0.05), plain_sgd(0.05), run_eagerly=True)
    logs = model.train_step((a, b))
    for name, value in {
        "discriminator_loss": judged,
        "generator_loss": made,
        "cycle_l1": cycle / 2,
        "identity_l1": same / 2,
        "penalty": 0.0,
    }.items():
        np.testing.assert_allclose(logs[name], value, rtol=1e-4, err_msg=name)
    for v, hand in zip([*judges, *makers], wanted, strict=True):
        np.testing.assert_allclose(v.numpy(), hand, rtol=1e-4, atol=1e-5)


def _descend(tape, loss, variables):
    gradients = tape.gradient(loss, [v.value for v in variables])
    for v, gradient in zip(variables, gradients, strict=True):
        v.assign_sub(0.05 * tf.convert_to_tensor(gradient))


def test_the_judges_are_shown_the_pools():
    """New images until they are full, and then some that older weights made."""
    model = perturb(TINIEST())
    seen = []
    judge = model._judge
    model._judge = lambda score, real, fake, seed: (
        seen.append(fake.numpy()) or judge(score, real, fake, seed)
    )
    model.compile(plain_sgd(0.5), plain_sgd(0.5), run_eagerly=True)
    made = []
    for i in (0, 4, 8):
        made.append([model.to_a(B[i : i + 4]), model.to_b(A[i : i + 4])])
        model.train_step((A[i : i + 4], B[i : i + 4]))
    for side, pool in enumerate((model.pool_a, model.pool_b)):
        first, _, last = seen[side::2]
        np.testing.assert_allclose(first, made[0][side], rtol=1e-5, atol=1e-6)
        assert int(pool.count) == 5
        known = np.concatenate([part[side] for part in made])
        origin = [_which(image, known) for image in (*last, *pool.images.numpy())]
        assert min(origin[:4]) < 8, "no image of an earlier step"
        assert len(set(origin[4:])) == 5
        # An image that went into the judge's past came out of the pool.
        assert not {o for o in origin[:4] if o < 8} & set(origin[4:])


def _which(image, known):
    distance = np.abs(known - image).max(axis=(1, 2, 3))
    assert distance.min() < 1e-5, "an image that was never made"
    return int(distance.argmin())


def test_looking_leaves_the_pools_as_they_are():
    model = TINIEST()
    model.compile(run_eagerly=True)
    logs = model.evaluate(tf.data.Dataset.from_tensors((A[:4], B[:4])), verbose=0)
    assert set(logs) == set(model.metric_names)
    assert int(model.pool_a.count) == int(model.pool_b.count) == 0


def test_a_game_with_more_steps_and_a_constraint():
    game = WassersteinGame(2, regularizers=[WeightClipping(0.01)])
    model = small(game=game, identity_weight=0.0, pool_size=0)
    assert "identity_l1" not in model.metric_names
    model.compile(run_eagerly=True)
    a, b = A[:4, :4, :4], B[:4, :4, :4]
    logs = model.train_step((a, b))
    assert set(logs) == set(model.metric_names)
    assert int(model.generator_optimizer.iterations) == 1
    assert int(model.discriminator_optimizer.iterations) == 2
    for judge in (model.discriminator_a, model.discriminator_b):
        largest = max(np.abs(v.numpy()).max() for v in judge.trainable_variables)
        assert largest == np.float32(0.01)


# === Files and precisions ===
def test_it_is_resumed_and_served():
    check_resume(TINIEST)
    model = perturb(TINIEST())
    calls = requests(model, A, B, sizes=(3,))
    calls = [call for call in calls if call[0].startswith("translate")]
    assert len(calls) == 2
    check_served(serve_here(model, calls), calls)


def test_mixed_precision_is_finite_and_close():
    reference = perturb(TINIEST())
    model = TINIEST(dtype="mixed_float16")
    model.set_weights(reference.get_weights())
    cycles = [m.reconstruct(A, of="a") for m in (model, reference)]
    np.testing.assert_allclose(*cycles, atol=0.05)
    model.compile(run_eagerly=True)
    assert all(np.isfinite(value) for value in model.train_step((A, B)).values())
    assert model.pool_a.images.dtype == "float32"


def test_the_config_makes_the_model_again():
    game = NonSaturatingGame(regularizers=[WeightClipping(0.1)])
    model = small(
        (4, 4, 3),
        condition_spec={"shape": [4, 4, 1]},
        game=game,
        identity_weight=0.0,
        adversarial_weight=1.0,
        cycle_weight=3.0,
        pool_size=2,
    )
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
    twin = keras.saving.deserialize_keras_object(config)
    again = json.loads(json.dumps(keras.saving.serialize_keras_object(twin)))
    assert again == config
    assert twin.game.get_config() == game.get_config()


# === Translating ===
def test_the_kinds_may_differ_in_channels():
    model = small((4, 4, 3), condition_spec={"shape": [4, 4, 1]}, identity_weight=0.0)
    a, b = np.ones([2, 4, 4, 3], "float32"), np.ones([5, 4, 4, 1], "float32")
    assert model.translate(a, to="b").shape == (2, 4, 4, 1)
    assert model.translate(b, to="a").shape == (5, 4, 4, 3)
    assert model.sample(5, condition=b, seed=0).shape == (5, 4, 4, 3)
    assert model.reconstruct(b, of="b").shape == b.shape
    assert model.discriminate(b, of="b").shape == (5,)


def test_a_cycle_is_one_way_and_back_with_the_averaged_weights():
    model = perturb(TINIEST(), 0.3)
    for average, v in zip(model.averages, model._optimizer_variables(), strict=True):
        average.assign(0.9 * v)
    away = model.translate(A, to="b")
    np.testing.assert_allclose(
        model.reconstruct(A, of="a"), model.translate(away, to="a"), rtol=1e-5
    )
    np.testing.assert_array_equal(model(A), away)
    assert not np.allclose(away, model.to_b(A))
    for v, average in zip(model._optimizer_variables(), model.averages, strict=True):
        v.assign(average)
    np.testing.assert_allclose(away, model.to_b(A), rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(
        model.sample(12, condition=B), model.translate(B, to="a")
    )


WIDE = np.zeros([2, 4, 5, 1], "float32")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: small(condition_spec={"num_classes": 2}), "num_classes"),
        (lambda: small(condition_spec={"shape": [4, 5, 1]}), "[4, 5, 1]"),
        (lambda: small(condition_spec={"shape": [4, 4, 3]}), "identity_weight=0.5"),
        (lambda: small(cycle_weight=-1.0), "cycle_weight=-1.0"),
        (lambda: small(pool_size=-1), "size=-1"),
        (lambda: small().translate(WIDE, to="b"), "(2, 4, 5, 1)"),
        (lambda: small().translate(WIDE, to="a"), "(2, 4, 5, 1)"),
        (lambda: small().translate(WIDE[:, :, :4], to="c"), "'c'"),
        (lambda: small().fit(WIDE[:, :, :4]), "no condition"),
        (lambda: small().fit(WIDE[:, :, :4], WIDE), "(2, 4, 5, 1)"),
    ],
)
def test_what_does_not_fit_is_refused(make, says):
    check_refused(make, says)
