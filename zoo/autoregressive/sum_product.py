"""Sums of products of tables, one variable after another."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..base import refusal

# What the largest table on the way may hold: 256 MB.
_MOST_NUMBERS = 2**25


def sum_product(factors, kept: Sequence[int], evidence: Mapping[int, int]):
    """Multiplies tables and sums over the variables that are not asked for.

        f(kept) = c sum_(others) prod_f factor_f(its variables),   evidence put in

    Variables leave in the order that makes small tables first. In a tree none is larger
    than the factors were; a table that would be too large is refused.

    Args:
        factors: iterable of `(variables, table)`, an axis for each variable.
        kept: the variables of the result, in its order.
        evidence: the levels of those that are known.

    Returns:
        `[levels of each of kept]` float64, up to a positive constant.

    Raises:
        ValueError: for a sum over too large a table.

    Example:
    >>> coin, copy = ((0,), np.array([0.25, 0.75])), ((0, 1), np.eye(2))
    >>> sum_product([coin, copy], [1], {})
    array([0.33333333, 1.        ])

    Reference:
        Koller and Friedman, 2009, "Probabilistic Graphical Models", algorithm 9.1,
        https://mitpress.mit.edu/9780262013192/probabilistic-graphical-models/
    """
    factors = [_with_evidence(*factor, evidence) for factor in factors]
    sizes = {
        v: n for own, table in factors for v, n in zip(own, table.shape, strict=True)
    }
    costs = {v: _cost(factors, v, sizes) for v in sizes if v not in kept}
    while costs:
        variable = min(costs, key=costs.get)
        del costs[variable]
        touched = [f for f in factors if variable in f[0]]
        factors = [f for f in factors if variable not in f[0]]
        scope = [v for v in _joined(touched) if v != variable]
        factors.append((scope, _product(touched, scope, sizes)))
        costs |= {v: _cost(factors, v, sizes) for v in scope if v in costs}
    return _product(factors, list(kept), sizes)


def check_table(shape: Sequence[int]) -> None:
    """Checks that a table fits into memory.

    Raises:
        ValueError: if it does not.
    """
    if np.prod(shape, dtype="float64") > _MOST_NUMBERS:
        raise refusal(
            f"Exact sums go over tables of at most {_MOST_NUMBERS} numbers. Received: "
            f"{len(shape)} variables that depend on each other at once. Ask for fewer, "
            "or draw samples."
        )


def _with_evidence(variables, table, evidence):
    index = tuple(evidence.get(v, slice(None)) for v in variables)
    return [v for v in variables if v not in evidence], np.asarray(table)[index]


def _joined(factors):
    """All variables of some tables, each once."""
    return list(dict.fromkeys(v for own, _ in factors for v in own))


def _cost(factors, variable, sizes):
    """How large the product of the tables with a variable is."""
    joined = _joined([f for f in factors if variable in f[0]])
    return float(np.prod([sizes[v] for v in joined], dtype="float64"))


def _product(factors, scope, sizes):
    """The product, summed over what is not in scope, and scaled to have 1 as its top.

    Products of many small probabilities would leave what a float can hold.
    """
    every = list(dict.fromkeys([*scope, *_joined(factors)]))
    check_table([sizes[v] for v in every])
    labels = {v: i for i, v in enumerate(every)}
    total, own = np.ones(()), []
    for variables, table in factors:
        joined = list(dict.fromkeys([*own, *variables]))
        total = np.einsum(
            total,
            [labels[v] for v in own],
            table,
            [labels[v] for v in variables],
            [labels[v] for v in joined],
        )
        own = joined
        total = total / max(total.max(), np.finfo("float64").tiny)
    total = np.einsum(total, [labels[v] for v in own], [labels[v] for v in scope])
    return total / max(total.max(), np.finfo("float64").tiny)
