"""The score against SciPy's kernel density, and its choice of a width."""

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from genkeras.training.metrics import ParzenLogLikelihood


def by_scipy(x, centres, sigma):
    log_probs = [multivariate_normal(c, sigma**2).logpdf(x) for c in centres]
    return logsumexp(log_probs, axis=0) - np.log(len(centres))


def test_agrees_with_scipys_kernel_density():
    rng = np.random.default_rng(0)
    generated, validation, test = (rng.normal(size=(n, 3)) for n in (40, 30, 50))
    sigmas = (0.05, 0.4, 0.8, 5.0)
    found = ParzenLogLikelihood(sigmas)(
        generated=generated, validation=validation, test=test
    )
    best = max(sigmas, key=lambda s: by_scipy(validation, generated, s).mean())
    want = by_scipy(test, generated, best)
    assert float(found["parzen_sigma"]) == best
    assert 0.05 < best < 5.0
    assert float(found["parzen_log_likelihood"]) == pytest.approx(want.mean(), rel=1e-9)
    error = found["parzen_log_likelihood_standard_error"]
    assert float(error) == pytest.approx(want.std() / np.sqrt(50), rel=1e-9)


def test_pixels_do_not_underflow():
    # Far from every centre, each kernel alone is exp(-40,000).
    x = np.zeros([3, 784])
    found = ParzenLogLikelihood((0.1,))(generated=x, validation=x, test=x + 1.0)
    want = -784 * (0.5 / 0.01 + np.log(0.1 * np.sqrt(2 * np.pi)))
    assert float(found["parzen_log_likelihood"]) == pytest.approx(want, rel=1e-9)


def test_the_widths_are_those_of_the_papers_script():
    np.testing.assert_allclose(ParzenLogLikelihood().sigmas, np.logspace(-1, 0, 10))


def test_a_set_that_is_missing_is_named():
    with pytest.raises(ValueError, match="2 generated, 0 validation, 2 test"):
        ParzenLogLikelihood()(generated=np.zeros([2, 1]), test=np.zeros([2, 1]))
    with pytest.raises(ValueError, match="sigmas > 0"):
        ParzenLogLikelihood((0.0, 1.0))
