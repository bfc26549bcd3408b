"""The losses of the games, and what regularizers do to them."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import check_refused
from genkeras.zoo import (
    DRAGAN,
    GAN,
    R1,
    R2,
    GradientPenalty,
    HingeGame,
    InstanceNoise,
    LeastSquaresGame,
    MinimaxGame,
    NonSaturatingGame,
    WassersteinGame,
    WassersteinGPGame,
    WeightClipping,
)

DECAY = keras.optimizers.schedules.PolynomialDecay(0.5, 100, end_learning_rate=0.1)
REGULARIZERS = [
    GradientPenalty(2.0, target=0.5, one_sided=True, points="fake"),
    R1(3.0),
    R2(4.0),
    DRAGAN(5.0, target=0.5, scale=0.7),
    InstanceNoise(0.3),
    InstanceNoise(DECAY),
    WeightClipping(0.2),
]
GAMES = [
    MinimaxGame,
    NonSaturatingGame,
    LeastSquaresGame,
    HingeGame,
    WassersteinGame,
    WassersteinGPGame,
]


# === Losses ===
def log_sigmoid(s):
    return -np.log1p(np.exp(-s))


# Each as its paper writes it: of the real scores, of the generated, the generator's.
LOSSES = [
    (
        MinimaxGame(),
        lambda r: -log_sigmoid(r),
        lambda f: -np.log(1 - np.exp(log_sigmoid(f))),
        lambda f: np.log(1 - np.exp(log_sigmoid(f))),
    ),
    (
        NonSaturatingGame(),
        lambda r: -log_sigmoid(r),
        lambda f: -np.log(1 - np.exp(log_sigmoid(f))),
        lambda f: -log_sigmoid(f),
    ),
    (
        LeastSquaresGame(),
        lambda r: (r - 1) ** 2 / 2,
        lambda f: f**2 / 2,
        lambda f: (f - 1) ** 2 / 2,
    ),
    (
        LeastSquaresGame(real_label=2.0, fake_label=-1.0, generator_label=0.5),
        lambda r: (r - 2) ** 2 / 2,
        lambda f: (f + 1) ** 2 / 2,
        lambda f: (f - 0.5) ** 2 / 2,
    ),
    (
        HingeGame(),
        lambda r: -np.minimum(0, -1 + r),
        lambda f: -np.minimum(0, -1 - f),
        lambda f: -f,
    ),
    (WassersteinGame(), lambda r: -r, lambda f: f, lambda f: -f),
    (WassersteinGPGame(), lambda r: -r, lambda f: f, lambda f: -f),
]


@pytest.mark.parametrize(("game", "of_real", "of_fake", "generator"), LOSSES)
def test_losses_are_those_of_the_papers(game, of_real, of_fake, generator):
    real = np.array([-3.0, -1.0, -0.2, 0.0, 0.7, 1.0, 4.0])
    fake = real[[3, 5, 0, 6, 1, 2, 4]]
    loss = game.discriminator_loss(tf.constant(real), tf.constant(fake))
    np.testing.assert_allclose(loss, of_real(real) + of_fake(fake), atol=1e-12)
    loss = game.generator_loss(tf.constant(fake))
    np.testing.assert_allclose(loss, generator(fake), atol=1e-12)


@pytest.mark.parametrize("game", [MinimaxGame(), NonSaturatingGame()])
def test_sure_scores_do_not_overflow(game):
    sure = tf.constant([300.0, -300.0])
    for loss in (game.discriminator_loss(-sure, sure), game.generator_loss(sure)):
        assert np.all(np.isfinite(loss))
        np.testing.assert_allclose(np.max(np.abs(loss)), [300.0, 600.0], atol=301)


# === Saving ===
@pytest.mark.parametrize("kind", GAMES)
def test_a_game_is_saved_with_its_regularizers(kind):
    game = kind(num_critic_steps=3, regularizers=REGULARIZERS)
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(game)))
    twin = keras.saving.deserialize_keras_object(config)
    assert type(twin) is kind
    assert keras.saving.serialize_keras_object(twin) == config
    for old, new in zip(REGULARIZERS, twin.regularizers, strict=True):
        assert type(new) is type(old)
        assert new.get_config() == old.get_config()


def test_the_form_of_a_game_without_regularizers_is_the_old_one():
    assert WassersteinGPGame(3, 0.1).get_config() == {
        "num_critic_steps": 3,
        "weight": 0.1,
    }
    assert NonSaturatingGame().get_config() == {"num_critic_steps": 1}


# === Penalties ===
# Of the critic `sum(w x^3) / 3` the slope is `w x^2`: known at each point, never flat.
CUBIC = np.array([1.0, -0.5, 2.0])
REAL = np.random.default_rng(0).normal(size=(400, 3))
FAKE = np.random.default_rng(1).normal(size=(400, 3)) + 0.5


def cubic(x):
    return tf.reduce_sum(CUBIC.astype(x.dtype.name) * x**3, axis=1) / 3


def slope(x):
    return np.linalg.norm(CUBIC * x**2, axis=1)


def penalty_of(regularizer, dtype="float64", seed=(0, 1)):
    real, fake = tf.constant(REAL.astype(dtype)), tf.constant(FAKE.astype(dtype))
    return regularizer.penalty(cubic, real, fake, seed)


@pytest.mark.parametrize(
    ("regularizer", "wanted"),
    [
        (GradientPenalty(2.0, points="real"), 2 * (slope(REAL) - 1) ** 2),
        (GradientPenalty(2.0, points="fake"), 2 * (slope(FAKE) - 1) ** 2),
        (
            GradientPenalty(3.0, target=2.5, points="real"),
            3 * (slope(REAL) - 2.5) ** 2,
        ),
        (
            GradientPenalty(3.0, target=2.5, one_sided=True, points="real"),
            3 * np.maximum(0, slope(REAL) - 2.5) ** 2,
        ),
        (R1(3.0), 1.5 * slope(REAL) ** 2),
        (R2(3.0), 1.5 * slope(FAKE) ** 2),
        (DRAGAN(2.0, target=2.5, scale=0.0), 2 * (slope(REAL) - 2.5) ** 2),
    ],
)
def test_penalties_by_hand(regularizer, wanted):
    np.testing.assert_allclose(penalty_of(regularizer), wanted, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(
        penalty_of(regularizer, "float32"), wanted, rtol=2e-5, atol=2e-5
    )


def test_a_penalty_is_the_one_of_tf_gan():
    """There the slope is divided by the target, so a weight is `target^2` times ours.

    The formula of `wasserstein_gradient_penalty`, at its own epsilon.
    """
    for target, one_sided in ((1.0, False), (2.0, False), (2.0, True)):
        excess = np.sqrt(slope(REAL) ** 2 + 1e-10) / target - 1.0
        wanted = 10 * np.maximum(excess, 0 if one_sided else -np.inf) ** 2
        ours = GradientPenalty(
            10 / target**2, target=target, one_sided=one_sided, points="real"
        )
        np.testing.assert_allclose(penalty_of(ours), wanted, rtol=1e-6, atol=1e-6)


def test_dragan_looks_around_the_data():
    """Of `|x|^2 / 2` the slope is the point itself, so the noise can be read off."""
    half = np.ones([4000, 3])
    half[::2] = 3.0  # of standard deviation 1
    score = lambda x: tf.reduce_sum(x**2, axis=1) / 2  # noqa: E731
    dragan = DRAGAN(1.0, target=0.0, scale=0.5)
    squared = dragan.penalty(score, tf.constant(half), None, (0, 1))
    # E (x + a c u)^2 = x^2 + 2 x c E[a] E[u] + c^2 E[a^2] E[u^2], on each axis.
    wanted = [3 * (x**2 + 2 * x * 0.5 / 4 + 0.25 / 9) for x in (3.0, 1.0)]
    np.testing.assert_allclose(np.mean(squared[::2]), wanted[0], rtol=0.01)
    np.testing.assert_allclose(np.mean(squared[1::2]), wanted[1], rtol=0.01)
    # One `a` for an example, one `u` for a number: Var of |m|^2 by enumeration.
    rng = np.random.default_rng(0)
    m = 1 + 0.5 * rng.random((400_000, 1)) * rng.random((400_000, 3))
    spread = np.std(np.sum(m**2, axis=1))
    np.testing.assert_allclose(np.std(squared[1::2]), spread, rtol=0.05)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_penalties_are_taken_in_float32_at_least(dtype):
    """A slope of 300 squared leaves float16."""
    x = tf.ones([2, 3], dtype)
    steep = lambda x: 300 * x[:, 0]  # noqa: E731
    for regularizer in (GradientPenalty(1.0), R1(2.0), R2(2.0), DRAGAN(1.0)):
        penalty = regularizer.penalty(steep, x, x, (0, 1))
        assert penalty.dtype == tf.float32
        np.testing.assert_allclose(penalty, 300.0**2, rtol=0.01)


def test_penalties_add_up_behind_that_of_the_game():
    parts = [WassersteinGPGame(), R1(1.0), GradientPenalty(2.0, points="fake")]
    total = penalty_of(WassersteinGPGame(regularizers=parts[1:]))
    np.testing.assert_allclose(total, sum(penalty_of(part) for part in parts))
    plain = HingeGame().regularized(parts[1:])
    np.testing.assert_allclose(penalty_of(plain), sum(map(penalty_of, parts[1:])))


def test_each_regularizer_draws_for_itself():
    game = HingeGame(regularizers=[InstanceNoise(1.0), InstanceNoise(1.0)])
    noise = game.corrupt(tf.zeros([20_000]), 0, (0, 1))
    np.testing.assert_allclose(np.std(noise), np.sqrt(2), rtol=0.02)


# === Noise and clipping ===
@pytest.mark.parametrize(
    ("stddev", "step", "wanted"),
    [(0.3, 7, 0.3), (DECAY, 0, 0.5), (DECAY, 50, 0.3), (DECAY, 1000, 0.1)],
)
def test_noise_has_the_spread_of_its_schedule(stddev, step, wanted):
    x = tf.constant(REAL)
    noise = InstanceNoise(stddev).corrupt(x, tf.constant(step), (0, 1)) - x
    np.testing.assert_allclose(np.std(noise), wanted, rtol=0.05)
    np.testing.assert_allclose(np.mean(noise), 0.0, atol=0.05)


def test_clipping_is_of_both_sides():
    weight = WeightClipping(0.2).constrain(tf.constant([-1.0, -0.1, 0.1, 1.0]))
    np.testing.assert_allclose(weight, [-0.2, -0.1, 0.1, 0.2])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: GradientPenalty(-1.0), "weight=-1.0"),
        (lambda: GradientPenalty(target=-1.0), "target=-1.0"),
        (lambda: GradientPenalty(points="none"), "points='none'"),
        (lambda: R1(-1.0), "gamma=-1.0"),
        (lambda: R2(float("nan")), "gamma=nan"),
        (lambda: DRAGAN(scale=-1.0), "scale=-1.0"),
        (lambda: InstanceNoise(-1.0), "stddev=-1.0"),
        (lambda: WeightClipping(0.0), "limit=0.0"),
        (lambda: HingeGame(0), "num_critic_steps=0"),
    ],
)
def test_arguments_out_of_range_are_refused(make, says):
    check_refused(make, says)


@pytest.mark.parametrize("kind", [HingeGame, lambda **kw: GAN((2,), 2, **kw)])
def test_what_is_no_regularizer_is_refused(kind):
    with pytest.raises(TypeError, match="Received: <keras.*L2"):
        kind(regularizers=[keras.regularizers.L2()])
