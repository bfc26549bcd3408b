"""Probabilities as what a head takes, and back."""

import math

import numpy as np

from ..base import refusal

# What is never seen keeps a logarithm that float32 holds.
_LEAST = 1e-30


def row_params(probabilities, units: int) -> np.ndarray:
    """Returns what the plain head of levels takes of rows that add up to 1.

    Args:
        probabilities: `[..., L]`.
        units: int. 1 for the head of two levels, which takes the log-odds, or at least
            `L`, of which those beyond do not count.

    Returns:
        `[..., units]` float64.
    """
    logits = np.log(np.maximum(np.asarray(probabilities, "float64"), _LEAST))
    if units == 1:
        return logits[..., 1:] - logits[..., :1]
    beyond = [(0, 0)] * (logits.ndim - 1) + [(0, units - logits.shape[-1])]
    return np.pad(logits, beyond)


def row_probabilities(params) -> np.ndarray:
    """Returns the probabilities of which `row_params` makes such rows.

    Args:
        params: `[..., units]`.

    Returns:
        `[..., L]` float64.
    """
    logits = np.asarray(params, "float64")
    if logits.shape[-1] == 1:
        logits = np.concatenate([np.zeros_like(logits), logits], axis=-1)
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)


def check_pseudo_count(value, name: str, num_examples: int) -> None:
    """Checks the strength of a prior.

    Raises:
        ValueError: for a negative or infinite one, or nothing to count at all.
    """
    if not 0.0 <= value < math.inf:
        raise refusal(f"`{name}` is a finite number from 0 on. Received: {value!r}.")
    if not num_examples and not value:
        raise refusal(
            f"Counts need examples, or a positive {name}. Received: no example."
        )
