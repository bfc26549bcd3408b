"""Promises of mixtures: EM against scikit-learn, clusters, priors, starts."""

import warnings

import keras
import numpy as np
import pytest
from scipy import stats
from sklearn import mixture
from sklearn.exceptions import ConvergenceWarning

from contracts import check_refused, perturb
from contracts.models import TINY
from genkeras.zoo import BernoulliMixture, GaussianMixture

RNG = np.random.default_rng(0)
CENTRES = np.array([[0.0, 0.0, 1.0], [4.0, 1.0, 0.0], [0.0, 5.0, -2.0]])
LABELS = RNG.integers(0, 3, 600)
BEND = np.array([[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [-0.3, 0.2, 0.5]])
X = (CENTRES[LABELS] + RNG.normal(size=(600, 3)) @ BEND.T).astype("float32")
THEIRS = {"full": "full", "tied": "tied", "diagonal": "diag"}


def _sklearn(covariance, steps, weights, loc):
    eye = np.eye(3)
    precisions = {"full": np.stack([eye] * 3), "tied": eye, "diag": np.ones([3, 3])}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return mixture.GaussianMixture(
            3,
            covariance_type=covariance,
            tol=0.0,
            reg_covar=1e-6,
            max_iter=steps,
            weights_init=weights,
            means_init=loc,
            precisions_init=precisions[covariance],
        ).fit(X.astype("float64"))


@pytest.mark.parametrize("covariance", THEIRS)
def test_em_is_that_of_scikit_learn(covariance):
    weights, loc = np.array([0.2, 0.3, 0.5]), X[:3].astype("float64")
    theirs = _sklearn(THEIRS[covariance], 12, weights, loc)
    model = GaussianMixture(3, 3, covariance=covariance, min_stddev=1e-3)
    model.set_components(weights, loc, np.stack([np.eye(3)] * 3))
    model.fit_em(X, start=None, num_steps=12, tolerance=-1.0, batch_size=250)
    full = {
        "full": theirs.covariances_,
        "tied": np.stack([theirs.covariances_] * 3),
        "diagonal": np.stack([np.diag(c) for c in np.atleast_2d(theirs.covariances_)])
        if covariance == "diagonal"
        else None,
    }[covariance]
    np.testing.assert_allclose(model.weights_of_components, theirs.weights_, atol=1e-4)
    np.testing.assert_allclose(model.loc, theirs.means_, atol=1e-4)
    np.testing.assert_allclose(model.covariances, full, atol=1e-4)
    log_prob = theirs.score_samples(X)
    np.testing.assert_allclose(model.log_prob(X), log_prob, atol=1e-4)
    shares = theirs.predict_proba(X)
    np.testing.assert_allclose(model.responsibilities(X), shares, atol=1e-4)
    np.testing.assert_array_equal(model.predict_cluster(X), theirs.predict(X))


@pytest.mark.parametrize("covariance", THEIRS)
@pytest.mark.parametrize("pseudo_count", [0.0, 3.0])
def test_no_step_of_em_loses(covariance, pseudo_count):
    model = GaussianMixture(3, 5, covariance=covariance)
    history = model.fit_em(
        X, num_steps=15, tolerance=-1.0, pseudo_count=pseudo_count, seed=1
    )
    assert len(history["loss"]) == 15
    assert np.all(np.diff(history["loss"]) < 1e-6)
    assert history["loss"][0] - history["loss"][-1] > 0.01


def test_a_step_is_the_mode_that_the_prior_allows():
    """Moving any parameter from where a step ends lowers the expected posterior."""
    bits = RNG.integers(0, 2, size=(40, 4))
    model = perturb(BernoulliMixture((4,), 2, seed=0), 0.5)
    r = model.responsibilities(bits).numpy()
    model.fit_em(bits, start=None, num_steps=1, pseudo_count=2.0)
    p = 1.0 / (1.0 + np.exp(-model.pixel_logits.numpy()))
    whole = bits.mean(axis=0)
    for k in range(2):
        for d in range(4):
            a = r[:, k] @ bits[:, d] + 2.0 * whole[d]
            b = r[:, k] @ (1 - bits[:, d]) + 2.0 * (1 - whole[d])
            beta = stats.beta(a + 1.0, b + 1.0)
            around = beta.logpdf(p[k, d] + np.array([-0.01, 0.0, 0.01]))
            assert around.argmax() == 1


def test_em_of_bits_loses_nothing_either_and_finds_the_clusters():
    bits = (RNG.random((300, 6)) < np.where(LABELS[:300, None] == 0, 0.9, 0.15)) * 1
    model = BernoulliMixture((6,), 2)
    loss = model.fit_em(bits, num_steps=30, pseudo_count=1.0, seed=3)["loss"]
    assert np.all(np.diff(loss) < 1e-6)
    same = model.predict_cluster(bits).numpy() == (LABELS[:300] == 0)
    assert max(same.mean(), 1 - same.mean()) > 0.9


@pytest.mark.parametrize(
    "name",
    [
        "bernoulli_mixture",
        "gaussian_mixture",
        "gaussian_mixture_diagonal",
        "gaussian_mixture_tied",
    ],
)
def test_the_density_is_that_of_the_distribution(name):
    tiny = TINY[name]
    model = perturb(tiny(), 0.5)
    p = model.distribution()
    x = tiny.x.astype("float32")
    np.testing.assert_allclose(model.log_prob(tiny.x), p.log_prob(x), rtol=1e-5)
    shares = p.posterior_marginal(x).probs_parameter()
    np.testing.assert_allclose(model.responsibilities(tiny.x), shares, atol=1e-6)
    draws = model.sample(20_000, seed=0).numpy().astype("float64")
    error = p.stddev().numpy() / np.sqrt(20_000)
    assert np.all(np.abs(draws.mean(axis=0) - p.mean()) < 5 * error)
    np.testing.assert_allclose(draws.std(axis=0), p.stddev(), rtol=0.05)


def test_the_gradient_reaches_what_em_does():
    by_steps = GaussianMixture(3, 3)
    em = by_steps.fit_em(X, num_steps=200, tolerance=1e-7, seed=0)["nll"][-1]
    by_gradient = GaussianMixture(3, 3)
    by_gradient.start_from(X, seed=0)
    by_gradient.compile(keras.optimizers.Adam(0.03), run_eagerly=True)
    by_gradient.fit(X, batch_size=600, epochs=100, verbose=0)
    nll = -np.mean(by_gradient.log_prob(X))
    assert abs(nll - em) < 2e-3


def test_a_component_does_not_shrink_onto_one_example():
    x = np.concatenate([np.zeros([5, 2]), np.ones([5, 2])]).astype("float32")
    model = GaussianMixture(2, 2, min_stddev=0.01)
    model.fit_em(x)
    np.testing.assert_allclose(
        model.covariances, np.stack([1e-4 * np.eye(2)] * 2), rtol=0.05, atol=1e-7
    )
    assert np.all(np.isfinite(model.log_prob(x)))


def test_what_does_not_fit():
    check_refused(lambda: GaussianMixture(2, 3, covariance="round"), "'round'")
    check_refused(lambda: GaussianMixture(2, 0), "num_components=0")
    check_refused(lambda: BernoulliMixture((2,), 2, num_levels=3), "num_levels")
    check_refused(lambda: GaussianMixture(2, num_levels=3), "num_levels")
    conditional = {"condition_spec": {"num_classes": 2}}
    check_refused(lambda: GaussianMixture(2, **conditional), "condition_spec")
    model = GaussianMixture(3, 5)
    check_refused(lambda: model.fit_em(X[:4]), "4 examples and 5")
    check_refused(lambda: model.fit_em(X, start="random"), "'random'")
    check_refused(lambda: model.fit_em(X[:, :2]), "(600, 2)")
    model = BernoulliMixture((3,), 2)
    check_refused(lambda: model.responsibilities(X), "fractions")
