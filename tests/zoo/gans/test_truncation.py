"""Samples from noise that is kept within bounds."""

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from contracts import check_refused, check_served, perturb, requests, serve_here
from contracts.models import TINY
from genkeras.zoo import GAN


@pytest.fixture(scope="module")
def model():
    return GAN((3,), 50, generator_units=(8,), discriminator_units=(8,), seed=0)


@pytest.mark.parametrize("bound", [0.04, 0.5, 2.0])
def test_the_noise_is_a_truncated_normal(model, bound):
    z = np.ravel(model._truncated_latents(400, (0, 1), bound))
    assert np.abs(z).max() <= bound
    exact = scipy.stats.truncnorm(-bound, bound)
    assert scipy.stats.kstest(z, exact.cdf).pvalue > 0.01
    # Not the same numbers at another place.
    assert len(np.unique(z)) > 0.95 * len(z)


def test_clipped_noise_would_be_seen(model):
    z = np.clip(np.ravel(model._latents(400, (0, 1))), -0.5, 0.5)
    assert scipy.stats.kstest(z, scipy.stats.truncnorm(-0.5, 0.5).cdf).pvalue < 1e-6


def test_samples_are_made_of_it(model):
    drawn = model.sample(5, seed=3, truncation=0.5)
    noise = model._truncated_latents(5, (0, 3), 0.5)
    np.testing.assert_array_equal(drawn, model.generate(noise))
    np.testing.assert_array_equal(drawn, model.sample(5, seed=3, truncation=0.5))
    assert not np.allclose(drawn, model.sample(5, seed=4, truncation=0.5))
    assert not np.allclose(drawn, model.sample(5, seed=3))
    assert not np.allclose(
        model.sample(5, truncation=0.5), model.sample(5, truncation=0.5)
    )


def test_a_condition_goes_with_it():
    tiny = TINY["gan_labels"]
    model = perturb(tiny())
    one, two = (model.sample(4, condition=[k], seed=0, truncation=1.0) for k in (0, 1))
    assert one.shape == (4, 3)
    assert not np.allclose(one, two)


@pytest.mark.parametrize("bound", [0.0, -1.0, float("nan")])
def test_a_bound_that_is_not_positive_is_refused(model, bound):
    check_refused(lambda: model.sample(2, truncation=bound), f"truncation={bound}")


def test_it_is_served():
    tiny = TINY["gan_labels"]
    model = perturb(tiny())
    calls = requests(model, tiny.x, tiny.condition, sizes=(1, 7))
    calls = [call for call in calls if call[0] == "sample_truncated"]
    assert len(calls) == 2
    check_served(serve_here(model, calls), calls)


def test_a_server_refuses_a_bound_that_is_not_positive(model):
    function, specs = model._endpoints()["sample_truncated"]
    graph = tf.function(function, input_signature=specs)
    with pytest.raises(tf.errors.InvalidArgumentError):
        graph(tf.constant(2), tf.constant([0, 1]), tf.constant(0.0))
