"""TFP in a `Flow` and in joints, as docs/tfp.md says."""

import functools
import inspect

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import bijectors as tfb
from tensorflow_probability import distributions as tfd

from contracts.tfp_table import (
    BIJECTORS,
    DISTRIBUTIONS,
    DOCS,
    Works,
    bijector_names,
    distribution_names,
    table,
)
from genkeras.zoo import Flow, RealNVP

WORKING = [name for name, row in BIJECTORS.items() if isinstance(row, Works)]
REFUSED = [name for name in BIJECTORS if name not in WORKING]
JOINED = [name for name, row in DISTRIBUTIONS.items() if not isinstance(row, str)]


SLOW = pytest.mark.slow
# Whose arrays must be brought to the model's type.
ARRAYS = ("Householder", "RationalQuadraticSpline", "ScaleMatvecLU", "Shift", "Sigmoid")
# Scalars, vectors and matrices, floats and levels.
QUICK = ("Categorical", "Dirichlet", "HiddenMarkovModel", "Normal", "WishartTriL")


def test_the_tables_are_whole():
    assert set(BIJECTORS) == set(bijector_names())
    assert set(DISTRIBUTIONS) == set(distribution_names())


def test_the_page_is_that_of_the_tables():
    assert DOCS.read_text() == table(), "run python tests/contracts/tfp_table.py"


def _chain(row):
    return [*(getattr(tfb, name)() for name in row.after), row.make()]


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        *((name, "float32") for name in WORKING),
        *(
            pytest.param(n, "float64", marks=() if n in ARRAYS else SLOW)
            for n in WORKING
        ),
    ],
)
def test_a_bijector_in_a_flow_is_as_in_tfp(name, dtype):
    """The bijectors of TFP, made anew in the model's type, score as the model does."""
    row = BIJECTORS[name]
    model = Flow(_chain(row), row.event, dtype=dtype, seed=0)
    x = model.sample(5, seed=1)
    assert (x.shape, x.dtype) == ((5, *row.event), dtype)
    zero, one = tf.zeros([], dtype), tf.ones([], dtype)
    base = tfd.Sample(tfd.Normal(zero, one), model.noise_shape)
    if dtype == "float32" and name != "Shift":  # which is of float64 data
        bijector = tfb.Chain(_chain(row)[::-1])
    else:
        bijector = model.bijector()
    truth = tfd.TransformedDistribution(base, bijector)
    tolerance = {"float32": 1e-4, "float64": 1e-9}[dtype]
    log_prob = model.log_prob(x)
    assert np.all(np.isfinite(log_prob))
    wanted = truth.log_prob(tf.identity(x))
    np.testing.assert_allclose(log_prob, wanted, rtol=tolerance, atol=tolerance)
    again = Flow.from_config(model.get_config())
    np.testing.assert_array_equal(again.log_prob(x), log_prob)


# What can be made of what is refused; the others are refused by Keras or no bijectors.
WRONG = {
    "AbsoluteValue": tfb.AbsoluteValue,
    "FFJORD": lambda: tfb.FFJORD(lambda t, x: x),
    "Inline": lambda: tfb.Inline(tf.exp, tf.math.log, forward_min_event_ndims=0),
    "JointMap": lambda: tfb.JointMap([tfb.Exp(), tfb.Exp()]),
    "LambertWTail": lambda: tfb.LambertWTail(0.0, 1.0, 0.1),
    "MaskedAutoregressiveFlow": lambda: tfb.MaskedAutoregressiveFlow(lambda x: (x, x)),
    "RealNVP": lambda: tfb.RealNVP(1, shift_and_log_scale_fn=lambda x, n: (x, x)),
    "Restructure": lambda: tfb.Restructure([0], [0]),
    "ScaleMatvecLinearOperator": lambda: tfb.ScaleMatvecLinearOperator(
        tf.linalg.LinearOperatorIdentity(3)
    ),
    "ScaleMatvecLinearOperatorBlock": lambda: tfb.ScaleMatvecLinearOperatorBlock(
        tf.linalg.LinearOperatorBlockDiag([tf.linalg.LinearOperatorIdentity(3)])
    ),
    "Split": lambda: tfb.Split(3),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_bijector_that_does_not_fit_is_refused(name):
    assert name in REFUSED
    with pytest.raises(ValueError, match="Received") as info:
        Flow([WRONG[name]()], (3,))
    assert "\n" not in str(info.value)


def test_what_is_refused_is_accounted_for():
    unmade = {"AutoCompositeTensorBijector", "Bijector", "Composition"}
    unmade |= {"BatchNormalization", "Glow", "MatvecLU"}
    assert set(REFUSED) - set(WRONG) == unmade
    assert all(inspect.isclass(getattr(tfb, name)) for name in unmade)


@functools.cache
def _conditional(size):
    return RealNVP(2, 1, (4,), condition_spec={"shape": [size]}, seed=0)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n in QUICK else SLOW) for n in JOINED]
)
@pytest.mark.filterwarnings("ignore:You have created an Inflated")
def test_a_distribution_above_a_conditional_flow(name):
    p = DISTRIBUTIONS[name]()
    first = p.sample(3, seed=(0, 1))
    size = int(np.prod(first.shape[1:], dtype=int))
    model = _conditional(size)

    def below(z):
        batch = z.shape[: z.shape.rank - first.shape.rank + 1]
        z = tf.reshape(tf.cast(z, tf.float32), [*batch, size])
        return model.distribution(z)

    joint = tfd.JointDistributionSequential([p, below])
    z, x = joint.sample(3, seed=(0, 1))
    log_prob = joint.log_prob([z, x])
    assert log_prob.shape == (3,)
    wanted = p.log_prob(z) + below(z).log_prob(x)
    np.testing.assert_allclose(log_prob, wanted, rtol=1e-4, atol=1e-5)
