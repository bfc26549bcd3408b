"""What is known of the best discriminator, and what is made of another."""

import numpy as np
import pytest
import scipy.integrate
import scipy.stats
import tensorflow as tf

from genkeras.training import recipes
from genkeras.zoo import NonSaturatingGame

recipe = recipes.load("optimal_discriminator")

CONFIG = recipe.Config()
P, Q = recipe.data_density(), recipe.model_density(CONFIG)


# The same without TFP.
LEFT, RIGHT, MODEL = (
    scipy.stats.norm(*given) for given in ((-2.0, 0.6), (1.5, 1.0), (0.5, 1.5))
)


def p(x):
    return 0.4 * LEFT.pdf(x) + 0.6 * RIGHT.pdf(x)


def q(x):
    return MODEL.pdf(x)


def test_the_divergence_is_its_definition():
    def terms(x):
        first, second = p(x), q(x)
        m = 0.5 * (first + second)
        return 0.5 * (first * np.log(first / m) + second * np.log(second / m))

    want, _ = scipy.integrate.quad(terms, -12.0, 12.0, limit=200, epsabs=1e-10)
    assert recipe.jensen_shannon(P, Q) == pytest.approx(want, abs=1e-9)
    assert recipe.jensen_shannon(P, P) == pytest.approx(0.0, abs=1e-9)


def test_the_best_discriminator_is_the_ratio():
    x = np.linspace(-5.0, 6.0, 23)
    got = recipe.optimal_discriminator(P, Q, x)
    np.testing.assert_allclose(got, p(x) / (p(x) + q(x)), rtol=1e-12)


def test_the_generator_is_held_still_and_draws_the_known_density():
    data = recipe.load_data(recipe.SMOKE)
    model = recipe.make_model(recipe.SMOKE, data)
    before = model.discriminator.get_weights()[0]
    model.train_step(tf.constant(data.x["train"]))
    assert not np.allclose(before, model.discriminator.get_weights()[0])
    samples = np.ravel(model.sample(5000, seed=0))
    assert scipy.stats.kstest(samples, MODEL.cdf).pvalue > 0.01
    rows = np.ravel(data.x["test"][:5000])
    test = scipy.stats.kstest(rows, lambda x: 0.4 * LEFT.cdf(x) + 0.6 * RIGHT.cdf(x))
    assert test.pvalue > 0.01


class Discriminator:
    """A model with log-odds that are given."""

    game = NonSaturatingGame()

    def __init__(self, log_odds):
        self.log_odds = log_odds

    def discriminate(self, x):
        return self.log_odds(np.asarray(x, "float64")[:, 0])

    def sample(self, num_samples, *, seed):
        rng = np.random.default_rng(seed)
        return rng.normal(0.5, 1.5, (num_samples, 1))


@pytest.fixture(scope="module")
def data():
    return recipe.load_data(recipe.SMOKE)


def test_the_best_discriminator_finds_all_of_the_divergence(data):
    best = Discriminator(lambda x: np.log(p(x)) - np.log(q(x)))
    found = recipe.evaluate(best, data, CONFIG)
    assert found["discriminator_error"] == pytest.approx(0.0, abs=1e-6)
    exact = found["jensen_shannon"]
    assert found["jensen_shannon_bound"] == pytest.approx(exact, abs=1e-7)
    error = found["jensen_shannon_standard_error"]
    assert 0.0 < error < 0.002
    assert abs(found["jensen_shannon_estimate"] - exact) < 4 * error


@pytest.mark.parametrize("scale", [0.0, 0.5, 3.0])
def test_another_discriminator_finds_less(data, scale):
    other = Discriminator(lambda x: scale * (np.log(p(x)) - np.log(q(x))))
    found = recipe.evaluate(other, data, CONFIG)
    assert found["jensen_shannon_bound"] < found["jensen_shannon"] - 0.005
    assert found["discriminator_error"] > 0.05
    if scale == 0.0:  # of one that knows nothing
        assert found["jensen_shannon_bound"] == pytest.approx(0.0, abs=1e-7)


@pytest.mark.slow
def test_the_learned_discriminator_is_nearly_the_best(tmp_path):
    found = recipe.train(CONFIG, tmp_path / "run", verbose=0)
    gap = found["jensen_shannon"] - found["jensen_shannon_bound"]
    assert 0.0 <= gap < 0.001
    assert found["discriminator_error"] < 0.01
