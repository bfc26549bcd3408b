"""An ensemble of orders is scored beside one of them."""

import numpy as np
import tensorflow as tf

from contracts import perturb
from genkeras.training.data import DataSet
from genkeras.training.evaluation import evaluate_orders
from genkeras.zoo import MADE

X = np.random.default_rng(0).integers(0, 2, size=(11, 5))
DATA = DataSet(name="bits", x={"test": X}, num_levels=2)


def test_the_ensemble_and_its_first_order():
    model = perturb(MADE(5, (6,), num_levels=2, num_orders=3, seed=0), 0.5)
    found = evaluate_orders(model, DATA, batch_size=4)
    wanted = -float(tf.reduce_mean(model.log_prob(X)))
    np.testing.assert_allclose(found["test_nll"], wanted, rtol=1e-5)
    first = model.conditionals(X, order=0).log_prob(X[..., None].astype("float32"))
    wanted = -float(tf.reduce_sum(first)) / len(X)
    np.testing.assert_allclose(found["test_nll_one_order"], wanted, rtol=1e-5)
    assert abs(found["test_nll_one_order"] - found["test_nll"]) > 1e-3


def test_one_order_has_no_other_beside_it():
    model = perturb(MADE(5, (6,), num_levels=2, seed=0))
    assert "test_nll_one_order" not in evaluate_orders(model, DATA)
