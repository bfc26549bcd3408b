"""Two lines whose distances are known, and gradients of known discriminators."""

import dataclasses
import json
import math

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from genkeras.training import recipes
from genkeras.zoo import MinimaxGame, WassersteinGPGame

recipe = recipes.load("parallel_lines")


def linear(game, slope, theta):
    """A model whose discriminator is `slope * x_1`."""
    config = dataclasses.replace(recipe.SMOKE, hidden_units=())
    model = recipe.make_model(config, game)
    model.discriminator.set_weights([np.array([[slope], [0.0]]), np.zeros(1)])
    model.generator.theta.assign(theta)
    return model


def test_the_wasserstein_distance_is_that_of_the_best_matching():
    model = linear(MinimaxGame(), 0.0, -0.7)
    real, fake = recipe.data_line(400, 0), model.sample(400, seed=0)
    costs = cdist(real, fake)
    rows, columns = linear_sum_assignment(costs)
    want = recipe.exact_distances(-0.7)["wasserstein"]
    # Of samples it is a little more, for the heights differ.
    assert 0.0 <= costs[rows, columns].mean() - want < 0.01
    assert recipe.exact_distances(0.0) == {"wasserstein": 0.0, "jensen_shannon": 0.0}


@pytest.mark.parametrize("theta", [-0.5, 0.25])
def test_gradients_of_a_known_discriminator(theta):
    critic = linear(WassersteinGPGame(1), 1.5, theta)
    assert recipe.generator_gradient(critic, 20) == pytest.approx(-1.5)
    # d/dtheta log (1 - sigmoid(a theta)) = -a sigmoid(a theta)
    discriminator = linear(MinimaxGame(), 1.5, theta)
    want = -1.5 / (1.0 + math.exp(-1.5 * theta))
    got = recipe.generator_gradient(discriminator, 20)
    assert got == pytest.approx(want, rel=1e-5)


def test_what_is_learned_is_what_is_known(tmp_path):
    config = recipe.Config(thetas=(0.0, -0.5), num_steps=200)
    metrics = recipe.train(config, tmp_path / "run", verbose=0)
    assert metrics["max_wasserstein_error"] < 0.03
    assert metrics["max_jensen_shannon_error"] < 0.03
    assert metrics["largest_minimax_gradient"] < 0.01
    assert metrics["smallest_wasserstein_gradient"] > 0.9
    assert metrics["largest_wasserstein_gradient"] < 1.1
    _goes_on(config, tmp_path / "run", metrics)


def _goes_on(config, run, metrics):
    """As if the run had been cut off after its first theta."""
    (run / "result.json").unlink()
    lines = (run / "metrics.jsonl").read_text().splitlines()
    assert len(lines) == 2
    (run / "metrics.jsonl").write_text(lines[0] + "\n")
    again = recipe.train(config, run, resume=True, verbose=0)
    # No theta knows of those before it.
    assert again == pytest.approx(metrics, rel=1e-3, abs=1e-6)
    stored = json.loads((run / "metrics.jsonl").read_text().splitlines()[1])
    assert stored == pytest.approx(json.loads(lines[1]), rel=1e-3, abs=1e-6)


def test_the_worst_is_found_on_either_side():
    line = {
        "theta": -0.5,
        "jensen_shannon": math.log(2.0),
        "jensen_shannon_estimate": 0.5,
        "minimax_gradient": -0.1,
        "wasserstein": 0.5,
        "wasserstein_estimate": 0.4,
        "wasserstein_gradient": -0.9,
    }
    other = {**line, "theta": 0.5, "minimax_gradient": 0.0, "wasserstein_gradient": 1.2}
    middle = {**line, "theta": 0.0, "minimax_gradient": 9.0, "wasserstein_gradient": 9}
    found = recipe.evaluate([line, middle, other], recipe.SMOKE)
    assert found == pytest.approx(
        {
            "max_jensen_shannon_error": math.log(2.0) - 0.5,
            "max_wasserstein_error": 0.1,
            "largest_minimax_gradient": 0.1,
            "smallest_wasserstein_gradient": 0.9,
            "largest_wasserstein_gradient": 1.2,
        }
    )
