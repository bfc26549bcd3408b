"""The best tree over variables with levels, from their pairwise counts."""

from collections.abc import Sequence

import numpy as np

from ..base import refusal
from .tables import check_pseudo_count

# Counts of all pairs of levels: as many numbers as the square of this.
_MOST_LEVELS = 8_000


def chow_liu_tree(
    x, levels: int | Sequence[int] = 2, *, pseudo_count: float = 1.0
) -> list[tuple[int, ...]]:
    """Returns the parents of each variable in the likeliest tree.

    Of all trees, the one whose edges add up to the most mutual information has the
    highest likelihood:

        log p(data) / N = sum_edges I(x_i; x_parent) - sum_i H(x_i)

    Variable 0 is the root; any other gives the same distribution.

    Args:
        x: `[N, D]` whole numbers from 0 on.
        levels: int, or sequence of int. How many levels the variables have.
        pseudo_count: float. How many examples, spread evenly over the levels of each
            pair, are added to its counts.

    Returns:
        `D` tuples, empty for variable 0, and of one index for each other: what
        `BayesNet` takes.

    Raises:
        ValueError: for data of another shape or outside its levels, or too many levels
            altogether.

    Example:
    >>> a = np.random.default_rng(0).integers(0, 2, size=(100, 2))
    >>> chow_liu_tree(np.stack([a[:, 0], a[:, 1], a[:, 0]], axis=1))
    [(), (0,), (0,)]

    Reference:
        Chow and Liu, 1968, "Approximating Discrete Probability Distributions with
        Dependence Trees", https://doi.org/10.1109/TIT.1968.1054142
    """
    x = np.asarray(x)
    levels = _checked(x, levels)
    check_pseudo_count(pseudo_count, "pseudo_count", len(x))
    return _spanning_tree(_mutual_information(x, levels, pseudo_count))


def _checked(x, levels):
    """The number of levels of each variable."""
    if x.ndim != 2 or not x.shape[1]:
        raise refusal(f"A tree takes data [N, D]. Received: shape {x.shape}.")
    if np.shape(levels) not in ((), x.shape[1:]) or np.min(levels) < 1:
        raise refusal(
            "A tree takes one positive number of levels, or one for each of "
            f"{x.shape[1]} variables. Received: {levels}."
        )
    levels = np.broadcast_to(levels, x.shape[1]).astype("int64")
    whole = np.issubdtype(x.dtype, np.integer) or np.array_equal(x, np.floor(x))
    if not whole or np.any(x < 0) or np.any(x >= levels):
        raise refusal(
            f"A tree takes whole numbers from 0 to below the levels, {levels.max()}. "
            f"Received: {x.dtype} from {x.min():g} to {x.max():g}."
        )
    if levels.sum() > _MOST_LEVELS:
        raise refusal(
            f"A tree counts pairs of at most {_MOST_LEVELS} levels altogether. "
            f"Received: {levels.sum()} of {x.shape[1]} variables."
        )
    return levels


def _mutual_information(x, levels, pseudo_count):
    """`[D, D]` nats, of which the diagonal means nothing."""
    counts = _pair_counts(x.astype("int64"), levels)
    cells = np.repeat(1.0 / levels, levels)
    joint = counts + pseudo_count * np.outer(cells, cells)
    joint /= len(x) + pseudo_count
    starts = np.cumsum(levels) - levels
    # Marginals are the same of each pair, since so is what is added to them.
    own = (np.diag(counts) + pseudo_count * cells) / (len(x) + pseudo_count)
    negative_entropy = np.add.reduceat(_times_its_log(own), starts)
    of_pairs = np.add.reduceat(_times_its_log(joint), starts, axis=0)
    of_pairs = np.add.reduceat(of_pairs, starts, axis=1)
    return of_pairs - negative_entropy - negative_entropy[:, None]


def _pair_counts(x, levels):
    """How often each pair of levels of two variables is seen: `[S, S]`."""
    starts, total = np.cumsum(levels) - levels, levels.sum()
    counts = np.zeros([total, total])
    for part in np.array_split(x, max(1, len(x) * total // 10_000_000)):
        hot = np.zeros([len(part), total], "float32")
        np.put_along_axis(hot, part + starts, 1.0, axis=1)
        counts += hot.T @ hot  # whole numbers, exact
    return counts


def _times_its_log(p):
    return p * np.log(np.where(p > 0.0, p, 1.0))


def _spanning_tree(weights):
    """Prim's algorithm from variable 0: the parent of each in the heaviest tree."""
    parents = [()] * len(weights)
    best, nearest = weights[0].copy(), np.zeros(len(weights), int)
    outside = np.arange(len(weights)) > 0
    while outside.any():
        new = int(np.argmax(np.where(outside, best, -np.inf)))
        parents[new] = (int(nearest[new]),)
        outside[new] = False
        nearer = weights[new] > best
        best = np.where(nearer, weights[new], best)
        nearest[nearer] = new
    return parents
