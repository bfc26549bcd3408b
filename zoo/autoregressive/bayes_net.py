"""Bayesian networks: each variable given its parents in a directed graph.

    P(x) = prod_i P(x_i | x_parents(i))

Reference:
    Pearl, 1988, "Probabilistic Reasoning in Intelligent Systems",
    https://doi.org/10.1016/C2009-0-27609-4
"""

import heapq
from collections.abc import Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

from ...layers.causal import GraphNetworks, GraphTables
from ..base import refusal
from .sum_product import check_table, sum_product
from .tables import check_pseudo_count, row_params, row_probabilities
from .tabular_model import TabularModel


@keras.saving.register_keras_serializable(package="genkeras")
class BayesNet(TabularModel):
    """A Bayesian network over variables with levels, of tables or of small networks.

        P(x) = prod_i P(x_i | x_j, j among the parents of i)

    By default `P(x_i | parents)` is a table. `fit` learns it by gradient, `fit_counts`
    in one pass, of `N` counts, `q` combinations of parents and `L` levels:

        P(x_i = k | c) = (N(k, c) + a / (q L)) / (N(c) + a / q)

    the mean under the prior that has seen `a` examples, spread evenly. `set_table` puts
    in what is known. With `hidden_units` a network of each variable's own reads its
    parents, which `fit` trains. Samples are drawn parents first. `marginal` and
    `conditional` are exact, by sums over what is not asked for.

    Args:
        parents: for each variable the indices, or names, of those that it depends on;
            or a dict of these by name. `chow_liu_tree` finds them in data.
        num_levels: int, or sequence of int, one for each variable.
        names: None, or the names of the variables.
        hidden_units: sequence of int. Empty for tables, or widths of the hidden layers.
        activation: str. Hidden activation.
        **kwargs: `seed`, `name`, `dtype`, ... passed on.

    Call arguments:
        x: `[B, D]` raw levels, of any dtype.

    Returns:
        `[B]` floats: `log p(x)` in nats.

    Raises:
        ValueError: for a graph with a cycle, parents that are not there, names that are
            not one for each, too large a table, or a condition.

    Example:
    >>> net = BayesNet({
    ...     "burglary": [],
    ...     "earthquake": [],
    ...     "alarm": ["burglary", "earthquake"],
    ...     "john": ["alarm"],
    ...     "mary": ["alarm"],
    ... })
    >>> net.set_table("burglary", [0.999, 0.001])
    >>> net.set_table("earthquake", [0.998, 0.002])
    >>> rings = np.array([[0.001, 0.29], [0.94, 0.95]])  # burglary, earthquake
    >>> net.set_table("alarm", np.stack([1.0 - rings, rings], axis=-1))
    >>> net.set_table("john", [[0.95, 0.05], [0.10, 0.90]])
    >>> net.set_table("mary", [[0.99, 0.01], [0.30, 0.70]])
    >>> net.conditional("burglary", evidence={"john": 1, "mary": 1}).round(3)
    array([0.716, 0.284])
    >>> float(net.marginal("alarm")[1].round(6)), net.sample(5, seed=0).shape
    (0.002516, TensorShape([5, 5]))

    Reference:
        Russell and Norvig, 2020, "Artificial Intelligence: A Modern Approach",
        figure 13.2 and section 13.3, https://aima.cs.berkeley.edu/; the prior of
        Heckerman et al., 1995, https://doi.org/10.1007/BF00994016
    """

    def __init__(
        self,
        parents: Sequence[Sequence] | Mapping[str, Sequence],
        *,
        num_levels: int | Sequence[int] = 2,
        names: Sequence[str] | None = None,
        hidden_units: Sequence[int] = (),
        activation: str = "relu",
        **kwargs,
    ):
        if isinstance(parents, Mapping):
            names, parents = list(parents), list(parents.values())
        self._check_sizes(parents, num_levels, names)
        levels = np.broadcast_to(num_levels, len(parents)).tolist()
        super().__init__(len(parents), max(levels), **kwargs)
        self.names = None if names is None else tuple(names)
        self.levels = tuple(levels)
        self.parents = tuple(
            tuple(self._index(parent) for parent in own) for own in parents
        )
        self.order = self._parents_first()
        self.hidden_units = tuple(hidden_units)
        self.activation = activation
        self.build()

    # === The graph ===
    def _check_sizes(self, parents, num_levels, names):
        count, levels = len(parents), np.asarray(num_levels)
        fits = count and levels.shape in ((), (count,)) and levels.dtype.kind in "iu"
        fits = fits and levels.min() >= 2
        if names is not None:
            fits = fits and len(names) == count == len(set(names))
            # A name that is a number would be taken for an index.
            fits = fits and all(isinstance(name, str) for name in names)
        if not fits:
            raise ValueError(
                "BayesNet takes the parents of at least one variable, and for each 2 "
                "levels or more, and a string of its own, if any, as its name. "
                f"Received: {count} variables, num_levels={num_levels}, names={names}."
            )

    def _index(self, variable) -> int:
        """The index of a variable that is given by its name or its index."""
        if isinstance(variable, str) and variable in (self.names or ()):
            return self.names.index(variable)
        kinds = (int, np.integer)
        whole = isinstance(variable, kinds) and not isinstance(variable, bool)
        if not whole or not 0 <= variable < len(self.levels):
            known = self.names or f"0..{len(self.levels) - 1}"
            raise refusal(f"BayesNet has variables {known}. Received: {variable!r}.")
        return int(variable)

    def _parents_first(self):
        """All variables, parents before children; as near to their order as may be."""
        waiting = {v: set(own) for v, own in enumerate(self.parents)}
        children = [[] for _ in waiting]
        for v, own in waiting.items():
            for parent in own:
                children[parent].append(v)
        ready = [v for v, own in waiting.items() if not own]
        order = []
        while ready:
            order.append(heapq.heappop(ready))
            for child in children[order[-1]]:
                waiting[child].remove(order[-1])
                if not waiting[child]:
                    heapq.heappush(ready, child)
        if len(order) < len(waiting):
            caught = [self._name(v) for v, own in waiting.items() if own]
            raise ValueError(
                "BayesNet takes a graph without a cycle. Received: one among the "
                f"variables {caught}."
            )
        return tuple(order)

    def _name(self, variable):
        return variable if self.names is None else self.names[variable]

    @property
    def _places(self):
        """Where each variable stands in the order."""
        return np.argsort(self.order)

    def _family(self, variable):
        """A variable's parents, and itself: the axes of its table."""
        return (*self.parents[variable], variable)

    def _shape(self, variables):
        return tuple(self.levels[v] for v in variables)

    # === The network, over variables in their order ===
    def make_network(self, units):
        places = self._places
        graph = {
            "parents": [[places[p] for p in self.parents[v]] for v in self.order],
            "levels": self._shape(self.order),
            "masked": len(set(self.levels)) > 1,
            "dtype": self.dtype_policy,
        }
        if not self.hidden_units:
            return GraphTables(units, **graph)
        return GraphNetworks(
            units,
            hidden_units=self.hidden_units,
            activation=self.activation,
            **graph,
        )

    def _make_front_door(self):
        door = super()._make_front_door()
        if len(set(self.levels)) > 1:
            door.num_levels = np.array(self.levels)
        return door

    def _params(self, x, condition):
        params = super()._params(tf.gather(x, self.order, axis=1), condition)
        return tf.gather(params, self._places, axis=1)

    def _walk(self, known, mask, noise, context, draw):
        known, mask = (tf.gather(part, self.order, axis=1) for part in (known, mask))
        drawn = super()._walk(known, mask, noise, context, draw)
        return tf.gather(drawn, self._places, axis=1)

    # === Tables ===
    def table(self, variable) -> np.ndarray:
        """Returns `P(x_i | parents)`.

        Args:
            variable: index or name of the variable.

        Returns:
            `[levels of each parent, levels of the variable]` float64, whose last axis
            adds up to 1.

        Raises:
            ValueError: for a network of too many parents to tabulate.
        """
        variable = self._index(variable)
        check_table(self._shape(self._family(variable)))
        above, own = self._shape(self.parents[variable]), self.levels[variable]
        count = int(np.prod(above))
        seen = np.indices(above).reshape(len(above), count).T  # [rows, parents]
        params = self.network.answer(seen, self._places[variable])
        probabilities = row_probabilities(tf.cast(params, self.variable_dtype))
        return probabilities[:, :own].reshape(*above, own)

    def set_table(self, variable, probabilities) -> None:
        """Sets `P(x_i | parents)`; none is kept below 1e-30.

        Args:
            variable: index or name of the variable.
            probabilities: as `table` returns them.

        Raises:
            ValueError: for another shape, what is no probability, or a network.
        """
        self._check_tables("set_table")
        variable = self._index(variable)
        p = np.asarray(probabilities, "float64")
        shape = self._shape(self._family(variable))
        name = self._name(variable)
        if p.shape != shape:
            raise refusal(
                f"The table of {name!r} is of shape {shape}. Received: shape {p.shape}."
            )
        sums = p.sum(axis=-1)
        if not np.all(p >= 0.0) or not np.allclose(sums, 1.0, rtol=0.0, atol=1e-5):
            raise refusal(
                f"The last axis of the table of {name!r} is of probabilities that add "
                f"up to 1. Received: {p.min():g} as the least, sums from "
                f"{sums.min():g} to {sums.max():g}."
            )
        self._assign({variable: p})

    def _check_tables(self, method):
        if self.hidden_units:
            raise refusal(
                f"BayesNet.{method} is for tables. Received: networks of hidden_units="
                f"{self.hidden_units}, which `fit` trains."
            )

    def _assign(self, tables):
        weight = self.network.table
        rows = weight.numpy()
        for variable, p in tables.items():
            start = self.network.start(self._places[variable])
            params = row_params(p.reshape(-1, p.shape[-1]), rows.shape[1])
            rows[start : start + len(params)] = params
        weight.assign(rows)

    def fit_counts(self, x, *, pseudo_count: float = 1.0) -> None:
        """Sets all tables to the shares in the data, smoothed.

        Args:
            x: `[N, D]` raw levels, all of the data.
            pseudo_count: float from 0 on. How many examples are added to each table,
                spread evenly. Without, parents that are never seen together give every
                level the same probability.

        Raises:
            ValueError: for data that does not fit, another count, or networks.
        """
        self._check_tables("fit_counts")
        x = self._enter(x)[0].numpy().astype("int64")
        check_pseudo_count(pseudo_count, "pseudo_count", len(x))
        self._assign(
            {v: self._share(x, v, pseudo_count) for v in range(len(self.levels))}
        )

    def _share(self, x, variable, pseudo_count):
        family = self._family(variable)
        shape = self._shape(family)
        size = int(np.prod(shape))
        cells = np.ravel_multi_index([x[:, v] for v in family], shape)
        counts = np.bincount(cells, minlength=size) + pseudo_count / size
        counts = counts.reshape(shape)
        total = counts.sum(axis=-1, keepdims=True)
        even = np.full(shape, 1.0 / shape[-1])
        return np.divide(counts, total, out=even, where=total > 0.0)

    # === Exact answers ===
    def marginal(self, *variables) -> np.ndarray:
        """Returns the probability of some variables, `P(x_a, x_b, ..)`, exactly.

        Args:
            *variables: indices or names.

        Returns:
            `[levels of each]` float64 that adds up to 1.

        Raises:
            ValueError: for a variable that is not there, or sums over too many.
        """
        return self.conditional(*variables, evidence={})

    def conditional(self, *variables, evidence: Mapping) -> np.ndarray:
        """Returns `P(x_a, x_b, .. | evidence)`, exactly.

        Unlike `complete`, it sees evidence anywhere in the graph. Trees of any size are
        quick; the time of others grows with how much their variables entangle.

        Args:
            *variables: indices or names of what is asked for.
            evidence: dict from indices or names to levels.

        Returns:
            `[levels of each of variables]` float64 that adds up to 1.

        Raises:
            ValueError: for a variable that is not there, or is twice, for a level that
                is none, for evidence that is impossible, or sums over too many.
        """
        kept = [self._index(v) for v in variables]
        known = {self._index(v): level for v, level in evidence.items()}
        if len({*kept, *known}) < len(kept) + len(evidence):
            raise refusal(
                "BayesNet takes each variable once, asked for or known. Received: "
                f"{variables}, given {dict(evidence)}."
            )
        for v, level in known.items():
            if level not in range(self.levels[v]):
                raise refusal(
                    f"{self._name(v)!r} has levels 0..{self.levels[v] - 1}. Received: "
                    f"{level!r} as evidence."
                )
            known[v] = int(level)
        asked = self._with_ancestors([*kept, *known])
        factors = [(self._family(v), self.table(v)) for v in asked]
        joint = sum_product(factors, kept, known)
        if not joint.sum() > 0.0:
            raise refusal(f"Evidence must be possible. Received: {dict(evidence)}.")
        return joint / joint.sum()

    def _with_ancestors(self, variables):
        """All that bears on some variables: others sum up to 1."""
        found, left = set(), list(variables)
        while left:
            variable = left.pop()
            if variable not in found:
                found.add(variable)
                left.extend(self.parents[variable])
        return sorted(found)

    # === Saving ===
    def get_config(self):
        config = super().get_config()
        config.pop("head")
        mixed = len(set(self.levels)) > 1
        return {
            **config,
            "parents": self.parents,
            "num_levels": self.levels if mixed else self.num_levels,
            "names": self.names,
            "hidden_units": self.hidden_units,
            "activation": self.activation,
        }
