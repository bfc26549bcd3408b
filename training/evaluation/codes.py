"""Scores of models of codes."""

import math

import numpy as np
import tensorflow as tf

from ...distributions import DiscretizedLogistic
from ..data import DataSet
from .parts import in_parts


def evaluate_codes(
    model, data: DataSet, *, num_levels: int = 256, batch_size: int = 500
) -> dict[str, float]:
    """Scores the whole test split under a `VQVAE`.

    With a prior, the code `k` of an image bounds its likelihood, without noise:

        log p(x) >= log p(k) + log p(x | k)

    where `p(x | k)` is the model's own Bernoulli if the error is a cross-entropy and
    the data are bits. Of other images it is a logistic, discretized to the levels,
    around the reconstruction; each channel has a scale, the likeliest for the training
    split.

    Args:
        model: the model.
        data: the data, in `[0, 1]`.
        num_levels: int. How many levels the pixels had before they were scaled.
        batch_size: int. Images at a time.

    Returns:
        What `evaluate` names, with `test_` before it; `test_squared_error` per
        dimension; `test_code_use`, the part of the book that the test split uses. With
        a prior also `test_code_nll`, nats of an image's codes, and `test_elbo` in nats
        of bits, or `test_bits_per_dim` of levels, an upper bound.
    """
    x, labels = data.x["test"], data.conditions.get("test")
    given = (x,) if model.condition_spec is None else (x, labels)
    logs = model.evaluate(*given, batch_size=batch_size, verbose=0)
    codes = in_parts(lambda part, _: model.encode(part), x, batch_size)
    made = _reconstructed(model, x, batch_size)
    metrics = {
        **{f"test_{name}": float(value) for name, value in logs.items()},
        "test_squared_error": float(np.mean((made - x) ** 2, dtype="float64")),
        "test_code_use": len(np.unique(codes)) / model.num_codes,
    }
    if model.prior is None:
        return metrics
    given = (codes[..., None], *given[1:])
    log_prior = model.prior.predict(*_batches(given, batch_size), verbose=0)
    metrics["test_code_nll"] = -float(log_prior.mean(dtype="float64"))
    if model.error == "cross_entropy" and np.all((x == 0.0) | (x == 1.0)):
        nats = model.num_dimensions * metrics["test_reconstruction"]
        return {**metrics, "test_elbo": -metrics["test_code_nll"] - nats}
    train = data.x["train"][:10_000]
    scale = _scales(train, _reconstructed(model, train, batch_size), num_levels)
    nats = _level_nats(x, made, scale, num_levels) + metrics["test_code_nll"]
    bits = nats / (math.log(2.0) * model.num_dimensions)
    return {**metrics, "test_bits_per_dim": bits}


def _reconstructed(model, x, batch_size):
    return in_parts(lambda part, _: model.reconstruct(part), x, batch_size)


def _batches(given, batch_size):
    return (tf.data.Dataset.from_tensor_slices(given).batch(batch_size),)


def _scales(x, made, num_levels):
    """The likeliest scale of each channel, `[C]` levels, to 5 %."""
    choices = np.geomspace(0.2, 100.0, 128)
    rows = slice(500)

    def nats(channel, scale):
        part = (x[rows, ..., channel], made[rows, ..., channel])
        return _level_nats(*part, scale, num_levels)

    return np.array(
        [
            min(choices, key=lambda scale, c=c: nats(c, scale))
            for c in range(x.shape[-1])
        ]
    )


def _level_nats(x, made, scale, num_levels):
    """Nats of an image's levels, the mean over the images."""
    top = num_levels - 1
    total = 0.0
    for at in range(0, len(x), 500):
        levels, loc = (np.float32(top * part[at : at + 500]) for part in (x, made))
        p = DiscretizedLogistic(loc, np.float32(scale), num_levels)
        total -= float(np.sum(p.log_prob(np.round(levels)), dtype="float64"))
    return total / len(x)
