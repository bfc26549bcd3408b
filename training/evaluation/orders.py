"""Scores of a model of several orders."""

import numpy as np
import tensorflow as tf

from ..data import DataSet, evaluation_batches
from .densities import evaluate_density


def evaluate_orders(model, data: DataSet, batch_size: int = 500) -> dict[str, float]:
    """Scores the whole test split under a `MADE`, and under one of its orders.

    Args:
        model: `MADE`.
        data: whose test split is scored.
        batch_size: int.

    Returns:
        What `evaluate_density` does, of the mean over all orders; beside it, of a model
        that has several, `test_nll_one_order`, under the first of them alone.
    """
    metrics = evaluate_density(model, data, batch_size)
    if model.num_orders == 1:
        return metrics
    first = [
        _nll_in_first(model, x) for x in evaluation_batches(data, "test", batch_size)
    ]
    return {**metrics, "test_nll_one_order": float(np.concatenate(first).mean())}


def _nll_in_first(model, x):
    """`[B]` nats, in float64."""
    entries = tf.cast(x, model.variable_dtype)[..., None]
    log_probs = model.conditionals(x, order=0).log_prob(entries)
    return -tf.reduce_sum(log_probs, axis=1).numpy().astype("float64")
