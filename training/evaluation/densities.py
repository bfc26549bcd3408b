"""Scores of models with a density."""

import math

from ..data import DataSet, evaluation_batches


def evaluate_density(model, data: DataSet, batch_size: int = 500) -> dict[str, float]:
    """Scores the whole test split under a `DensityModel`, given its conditions.

    Returns:
        `test_nll` in nats per example, its standard error, and what it lies above the
        entropy where that is known; of discrete data `test_bits_per_dim`, an upper
        bound, and `test_unit_log_prob`, the nats of the same density over pixels that
        are scaled to `[0, 1]`, as NICE reports them.
    """
    conditional = model.condition_encoder is not None
    batches = evaluation_batches(data, "test", batch_size, with_conditions=conditional)
    nll = -model.predict(batches, verbose=0).astype("float64")  # [N]
    metrics = {
        "test_nll": float(nll.mean()),
        "test_nll_standard_error": float(nll.std() / math.sqrt(len(nll))),
    }
    if data.num_levels is not None:
        scale = 1.0 / (math.log(2.0) * model.num_dimensions)
        metrics["test_bits_per_dim"] = scale * metrics["test_nll"]
        volume = model.num_dimensions * math.log(data.num_levels)
        metrics["test_unit_log_prob"] = volume - metrics["test_nll"]
    if data.entropy is not None:
        metrics["entropy"] = data.entropy
        metrics["above_entropy"] = metrics["test_nll"] - data.entropy
    return metrics
