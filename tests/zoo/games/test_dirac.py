"""Trajectories of the Dirac-GAN, where every game is known in closed form.

The data is a point at 0, the generator a point at `theta`, the discriminator
`D(x) = psi x`. Mescheder et al., 2018, section 2, https://arxiv.org/abs/1801.04406.
"""

import numpy as np
import pytest
import tensorflow as tf

from genkeras.zoo import (
    DRAGAN,
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

RATE, NUM_STEPS = 0.2, 500
START = (1.0, -1.0)  # theta, and psi: low scores on the generator's side


def trajectory(game, *, alternating, num_steps=NUM_STEPS, copies=1):
    """The point after `num_steps` of plain gradient descent, by autodiff in float64."""

    def gradients(theta, psi, i):
        seed = tf.stack([tf.cast(alternating, tf.int32), i])
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([theta, psi])
            score = lambda x: psi * x[:, 0]  # noqa: E731
            real = tf.zeros([copies, 1], tf.float64)
            fake = tf.broadcast_to(theta, [copies, 1])
            seen = game.corrupt(real, i, seed + [0, 1000])
            shown = game.corrupt(fake, i, seed + [0, 2000])
            critic = game.discriminator_loss(score(seen), score(shown))
            critic += game.penalty(score, seen, tf.stop_gradient(shown), seed)
            generator = tf.reduce_mean(game.generator_loss(score(shown)))
            critic = tf.reduce_mean(critic)
        return tape.gradient(generator, theta), tape.gradient(critic, psi)

    @tf.function
    def run():
        theta, psi = (tf.constant(s, tf.float64) for s in START)
        psi = game.constrain(psi)
        for i in tf.range(num_steps):
            of_theta, of_psi = gradients(theta, psi, i)
            theta -= RATE * of_theta
            if alternating:
                _, of_psi = gradients(theta, psi, i)
            psi = game.constrain(psi - RATE * of_psi)
        return theta, psi

    return np.array([float(v) for v in run()])


def by_hand(field, *, alternating, num_steps=NUM_STEPS, limit=np.inf):
    """The same of a vector field written out: `(theta, psi)` to their gradients."""
    theta, psi = START
    psi = np.clip(psi, -limit, limit)
    for _ in range(num_steps):
        of_theta, of_psi = field(theta, psi)
        theta -= RATE * of_theta
        if alternating:
            _, of_psi = field(theta, psi)
        psi = np.clip(psi - RATE * of_psi, -limit, limit)
    return np.array([theta, psi])


def sigmoid(s):
    return 1.0 / (1.0 + np.exp(-s))


def minimax(theta, psi, gamma=0.0):
    up = sigmoid(theta * psi)
    return -psi * up, theta * up + gamma * psi


def non_saturating(theta, psi, gamma=0.0):
    return -psi * sigmoid(-theta * psi), theta * sigmoid(theta * psi) + gamma * psi


def wasserstein(theta, psi, gamma=0.0):
    """`gamma` holds the slope at 1."""
    return -psi, theta + gamma * (np.abs(psi) - 1.0) * np.sign(psi)


def hinge(theta, psi):
    return -psi, theta * (theta * psi > -1.0)


def least_squares(theta, psi):
    return psi * (theta * psi - 1.0), theta * (theta * psi)


# The last two: the distance to the equilibrium after 500 steps, simultaneous and
# alternating, of the authors' own code, https://github.com/LMescheder/GAN_stability.
CASES = {
    "minimax": (MinimaxGame(), minimax, 3.0969, 1.4210),
    "non_saturating": (NonSaturatingGame(), non_saturating, 0.64021, 0.28392),
    "wasserstein_clipped": (
        WassersteinGame(regularizers=[WeightClipping(1.0)]),
        wasserstein,
        1.0022,
        1.0241,
    ),
    "wasserstein_gp": (
        WassersteinGPGame(weight=0.35),
        lambda theta, psi: wasserstein(theta, psi, 0.7),
        1.8018,
        1.2211,
    ),
    "r1": (
        MinimaxGame(regularizers=[R1(0.3)]),
        lambda theta, psi: minimax(theta, psi, 0.3),
        2.6427e-6,
        2.3009e-7,
    ),
    "r1_critical": (
        MinimaxGame(regularizers=[R1(1.0)]),
        lambda theta, psi: minimax(theta, psi, 1.0),
        9.5287e-22,
        7.4812e-17,
    ),
    "non_saturating_r1": (
        NonSaturatingGame(regularizers=[R1(0.3)]),
        lambda theta, psi: non_saturating(theta, psi, 0.3),
        2.2120e-6,
        1.4994e-7,
    ),
    # Here the slope is the same everywhere, so other penalties give these numbers too.
    "r2": (
        MinimaxGame(regularizers=[R2(0.3)]),
        lambda theta, psi: minimax(theta, psi, 0.3),
        2.6427e-6,
        2.3009e-7,
    ),
    "dragan": (
        WassersteinGame(regularizers=[DRAGAN(0.35)]),
        lambda theta, psi: wasserstein(theta, psi, 0.7),
        1.8018,
        1.2211,
    ),
    "zero_centred": (
        NonSaturatingGame(regularizers=[GradientPenalty(0.15, target=0.0)]),
        lambda theta, psi: non_saturating(theta, psi, 0.3),
        2.2120e-6,
        1.4994e-7,
    ),
    "hinge": (HingeGame(), hinge, None, None),
    "least_squares": (LeastSquaresGame(), least_squares, None, None),
}


@pytest.mark.parametrize("alternating", [False, True], ids=["simultaneous", "in_turn"])
@pytest.mark.parametrize("name", CASES)
def test_trajectories(name, alternating):
    game, field, *published = CASES[name]
    limit = 1.0 if name == "wasserstein_clipped" else np.inf
    point = trajectory(game, alternating=alternating)
    wanted = by_hand(field, alternating=alternating, limit=limit)
    scale = np.linalg.norm(wanted)
    np.testing.assert_allclose(point, wanted, rtol=1e-6, atol=1e-6 * scale)
    number = published[alternating]
    if number is not None:
        np.testing.assert_allclose(np.linalg.norm(point), number, rtol=1e-4)


@pytest.mark.parametrize("alternating", [False, True], ids=["simultaneous", "in_turn"])
def test_noise_on_both_sides_draws_the_players_together(alternating):
    """1.9e-2 and 1.2e-2 in the authors' code, at 1000 draws a step of its own."""
    game = MinimaxGame(regularizers=[InstanceNoise(0.7)])
    point = trajectory(game, alternating=alternating, copies=1000)
    assert np.linalg.norm(point) < 0.05
    # The first step against the integral over the noise.
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights /= weights.sum()

    def blurred(theta, psi):
        noise = 0.7 * nodes
        up, down = sigmoid(psi * (theta + noise)), sigmoid(-psi * noise)
        of_psi = weights @ ((theta + noise) * up) - weights @ (noise * down)
        return -psi * (weights @ up), of_psi

    one = {"alternating": alternating, "num_steps": 1}
    point = trajectory(game, copies=400_000, **one)
    np.testing.assert_allclose(point, by_hand(blurred, **one), atol=1e-3)


@pytest.mark.parametrize(
    "game",
    [
        MinimaxGame(regularizers=[R1(0.6)]),  # without the half
        NonSaturatingGame(regularizers=[R1(0.3)]),  # the other generator loss
        MinimaxGame(regularizers=[R1(0.3), WeightClipping(0.5)]),
    ],
)
def test_a_wrong_game_ends_elsewhere(game):
    wanted = by_hand(CASES["r1"][1], alternating=False)
    point = trajectory(game, alternating=False)
    assert np.linalg.norm(point - wanted) > 0.03 * np.linalg.norm(wanted)
