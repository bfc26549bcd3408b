"""Scores of models with a latent variable."""

import math

import numpy as np
import tensorflow as tf

from ..data import DataSet, evaluation_batches


def evaluate_latent(
    model, data: DataSet, *, num_samples: int, batch_size: int = 500
) -> dict[str, float]:
    """Scores the whole test split under a `LatentVariableModel`.

    Args:
        model: the model.
        data: the data.
        num_samples: int. Draws for each example of the importance-weighted bound.
        batch_size: int. Examples at a time.

    Returns:
        `test_elbo` and `test_log_prob`, lower bounds in nats per example, the second
        with `num_samples` draws, and `test_log_prob_standard_error`.
    """

    @tf.function(jit_compile=True)
    def bounds(x, seed):
        return model.elbo(x, seed=seed), model.log_prob(
            x, num_samples=num_samples, seed=seed
        )

    pairs = [
        bounds(x, tf.constant([i, 0]))  # noise of its own for each batch
        for i, x in enumerate(evaluation_batches(data, "test", batch_size))
    ]
    elbo, log_prob = (
        np.concatenate(part).astype("float64") for part in zip(*pairs, strict=True)
    )
    return {
        "test_elbo": float(elbo.mean()),
        "test_log_prob": float(log_prob.mean()),
        "test_log_prob_num_samples": num_samples,
        "test_log_prob_standard_error": float(log_prob.std() / math.sqrt(len(elbo))),
    }
