"""MADE under every output, direct connections or none, and one feature."""

import numpy as np
import pytest
import tensorflow as tf

from contracts import (
    check_autoregressive,
    check_normalised,
    check_refused,
    check_samples,
    perturb,
)
from genkeras.layers import (
    BernoulliHead,
    CategoricalHead,
    DiscretizedLogisticHead,
    GaussianMixtureHead,
)
from genkeras.zoo import MADE

RNG = np.random.default_rng(0)
BITS = RNG.integers(0, 2, size=(8, 5))
LEVELS = RNG.integers(0, 4, size=(8, 3))
FLOATS = RNG.normal(size=(8, 2)).astype("float32")

OUTPUTS = {
    "bernoulli": (lambda: MADE(5, (6,), num_levels=2), BITS, BernoulliHead),
    "bernoulli_ensemble": (
        lambda: MADE(5, (6, 7), num_levels=2, num_orders=3, direct=False),
        BITS,
        BernoulliHead,
    ),
    "categorical": (
        lambda: MADE(3, (6,), num_levels=4, direct=False),
        LEVELS,
        CategoricalHead,
    ),
    "logistics": (
        lambda: MADE(
            3, (6,), num_levels=4, head=DiscretizedLogisticHead(4, num_components=2)
        ),
        LEVELS,
        DiscretizedLogisticHead,
    ),
    "gaussians": (lambda: MADE(2, (6,)), FLOATS, GaussianMixtureHead),
    "one_feature": (lambda: MADE(1, (6,), num_levels=4), LEVELS[:, :1], None),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_contract(name):
    make, x, head = OUTPUTS[name]
    check_autoregressive(make, x)
    if head is not None:
        assert isinstance(make().head, head)


@pytest.mark.parametrize("name", ["bernoulli", "bernoulli_ensemble", "logistics"])
def test_every_table_adds_up_to_one(name):
    make, x, _ = OUTPUTS[name]
    model = perturb(make(), 0.5)
    every = np.stack(list(np.ndindex(*[model.num_levels] * x.shape[1])))
    total = np.exp(np.asarray(model.log_prob(every), "float64")).sum()
    np.testing.assert_allclose(total, 1.0, atol=1e-5)


def test_a_mixture_of_gaussians_integrates_to_one_and_is_drawn():
    model = perturb(MADE(2, (6,), head=GaussianMixtureHead(3)), 0.3)
    check_normalised(model, (-9.0, 9.0))
    check_samples(model, (-9.0, 9.0))


def test_an_ensemble_is_the_mean_of_its_orders():
    make, x, _ = OUTPUTS["bernoulli_ensemble"]
    model = perturb(make(), 0.5)
    channels = tf.cast(x, tf.float32)[..., None]
    each = [
        tf.reduce_sum(model.conditionals(x, order=k).log_prob(channels), axis=1)
        for k in range(3)
    ]
    wanted = np.log(np.mean(np.exp(each), axis=0))
    np.testing.assert_allclose(model.log_prob(x), wanted, rtol=1e-5)
    assert not np.allclose(each[0], each[1], rtol=1e-3)
    check_refused(lambda: model.conditionals(x, order=3), "order=3")
    check_refused(lambda: MADE(3, num_orders=0), "num_orders=0")
