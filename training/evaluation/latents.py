"""Scores of models with a latent variable."""

import math

import numpy as np
import tensorflow as tf

from ..data import DataSet, evaluation_batches


def evaluate_latent(
    model, data: DataSet, *, num_samples: int, batch_size: int = 500
) -> dict[str, float]:
    """Scores the whole test split under a `LatentVariableModel`.

    A conditional model gets the conditions of the test split.

    Args:
        model: the model.
        data: the data.
        num_samples: int. Draws for each example of the importance-weighted bound.
        batch_size: int. Examples at a time.

    Returns:
        `test_elbo` and `test_log_prob`, lower bounds in nats per example, the second
        with `num_samples` draws, and `test_log_prob_standard_error`.
    """
    conditional = model.condition_spec is not None

    @tf.function(jit_compile=True)
    def bounds(given, seed):
        given = given if conditional else (given,)
        return model.elbo(*given, seed=seed), model.log_prob(
            *given, num_samples=num_samples, seed=seed
        )

    batches = evaluation_batches(data, "test", batch_size, with_conditions=conditional)
    pairs = [
        bounds(given, tf.constant([i, 0]))  # noise of its own for each batch
        for i, given in enumerate(batches)
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
