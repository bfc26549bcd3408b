"""What evaluation needs is asked for before training, and not after hours of it."""

import contextlib
import dataclasses
import random

import keras
import numpy as np

from .data import DataError, DataSet

# Two batches: enough for every statistic of an evaluation to exist.
_ROWS = 200


def rehearse(recipe, model, data: DataSet, config) -> None:
    """Evaluates two batches of the test split with the model as it starts.

    Weights, seeds and random states are as before: what is trained afterwards is bit
    for bit what it would have been. Data that the recipe itself names was evaluated by
    its tests, and is not rehearsed.

    Args:
        recipe: `Recipe`.
        model: its model, untrained.
        data: what it is to be trained on.
        config: the recipe's `Config`.

    Raises:
        DataError: if evaluation fails, of whatever kind its error is.
    """
    own = {getattr(known, "data", None) for known in (recipe.Config(), recipe.SMOKE)}
    if getattr(config, "data", None) in own:
        return
    with _state_kept(model):
        try:
            recipe.evaluate(model, _first_rows(data), _few_draws(config))
        except Exception as error:  # it would come after training
            line = " ".join(str(error).split())[:300] or type(error).__name__
            raise DataError(
                f"{recipe.name} cannot be evaluated on the test split of {data.name}, "
                f"and is not trained for it: {line}"
            ) from error


def _first_rows(data):
    def cut(arrays):
        return {k: v[:_ROWS] if k == "test" else v for k, v in arrays.items()}

    parts = {"x": cut(data.x), "labels": cut(data.labels), "sources": cut(data.sources)}
    return dataclasses.replace(data, **parts)


def _few_draws(config):
    """Fewer of what costs time alone; not more than the config has."""
    few = {"num_samples": _ROWS, "num_draws": 2}
    given = {name: getattr(config, name, None) for name in few}
    fewer = {k: min(v, few[k]) for k, v in given.items() if isinstance(v, int)}
    return dataclasses.replace(config, **fewer)


@contextlib.contextmanager
def _state_kept(model):
    """A scope that moves neither the model nor the generators of Python and NumPy."""
    variables = list(model.variables)
    values = [np.array(keras.ops.convert_to_numpy(v)) for v in variables]
    states = random.getstate(), np.random.get_state()  # noqa: NPY002 (Keras draws there)
    try:
        yield
    finally:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
