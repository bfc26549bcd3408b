"""Scores of models of text and of waves, beside plain baselines."""

import math

import numpy as np

from ..data import DataSet, evaluation_batches, mu_law_wave


def evaluate_text(model, data: DataSet) -> dict[str, float]:
    """Scores the whole test text, once, from its first character to its last.

    Each character is predicted from what the model sees of those before it: all of
    them, of a recurrent network; of others at least half a window.

    Returns:
        `test_nll_per_char` in nats, its standard error, and `test_bits_per_char`.
    """
    nll = -np.asarray(model.text_log_prob(data.texts["test"]), "float64")
    return {
        "test_nll_per_char": float(nll.mean()),
        "test_nll_standard_error": float(nll.std() / math.sqrt(len(nll))),
        "test_bits_per_char": float(nll.mean() / math.log(2.0)),
    }


def evaluate_waves(model, data: DataSet, batch_size: int = 16) -> dict[str, float]:
    """Scores all segments of the test split, and what two baselines make of them.

    Returns:
        In bits a sample: `test_bits_per_sample` of the model, with its standard error
        over segments; `histogram_bits`, of levels that are independent; and
        `linear_bits`, of Gaussians about a linear prediction from 16 samples.
    """
    batches = evaluation_batches(
        data, "test", batch_size, with_conditions=model.condition_spec is not None
    )
    length = data.event_shape[0]
    nll = -model.predict(batches, verbose=0).astype("float64") / length
    bits = nll / math.log(2.0)
    return {
        "test_bits_per_sample": float(bits.mean()),
        "test_bits_standard_error": float(bits.std() / math.sqrt(len(bits))),
        "histogram_bits": histogram_bits(data.x["train"], data.x["test"]),
        "linear_bits": linear_bits(data.x["train"], data.x["test"]),
    }


def histogram_bits(train, test, num_levels: int = 256) -> float:
    """Bits a sample of levels that are independent, counted with one more of each.

    Example:
    >>> round(histogram_bits(np.arange(256), np.arange(256)), 6)
    8.0
    """
    counts = np.bincount(np.ravel(train), minlength=num_levels) + 1.0
    return float(-np.mean(np.log2(counts / counts.sum())[test]))


def linear_bits(train, test, order: int = 16) -> float:
    """Bits a sample of a Gaussian about a linear prediction from those before it.

    Coefficients and variance are fitted by least squares to the training waves. The
    probability of a level is that of its bin, between the middles to its neighbours,
    and the first `order` samples of a segment are predicted from zeros before them.

    Args:
        train: `[N, T]` mu-law levels.
        test: `[M, T]` mu-law levels.
        order: int. How many samples a prediction is made from.
    """
    from scipy.stats import norm

    past, now = _lagged(mu_law_wave(train), order)
    weights, *_ = np.linalg.lstsq(past, now, rcond=None)
    stddev = np.std(now - past @ weights)
    past, _ = _lagged(mu_law_wave(test), order)
    mean = past @ weights
    edges = mu_law_wave(np.arange(257) - 0.5)
    edges[0], edges[-1] = -np.inf, np.inf
    level = np.ravel(test).astype(int)
    low, high = ((edges[level + i] - mean) / stddev for i in (0, 1))
    # Above the mean both tails are almost 1, and those of the mirror image are not.
    low, high = norm.logcdf(np.where(low > 0, (-high, -low), (low, high)))
    log_mass = high + np.log(-np.expm1(np.minimum(low - high, -1e-300)))
    return float(-np.mean(np.maximum(log_mass, -745.0)) / math.log(2.0))


def _lagged(waves, order):
    """`[N * T, order]` of the samples before each, and `[N * T]` of it."""
    padded = np.pad(waves, [[0, 0], [order, 0]])
    windows = np.lib.stride_tricks.sliding_window_view(padded, order + 1, axis=1)
    windows = windows.reshape(-1, order + 1)
    return windows[:, :-1], windows[:, -1]
