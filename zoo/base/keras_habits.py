"""What comes from training classifiers with Keras, and does not fit here."""

import inspect
import math
import pathlib
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from .refusal import refusal


def refuse_loss(owner: str, loss, metrics) -> None:
    """Says that a model brings its own loss, where `compile` is given another.

    Raises:
        ValueError: if one of them is given.
    """
    given = {"loss": loss, "metrics": metrics}
    for name, value in given.items():
        if value is not None:
            raise refusal(
                f"{owner} brings its loss and its metrics: compile takes the optimizer "
                f"alone. Received: {name}={value!r}. Leave it out; add_loss() in a "
                "layer, or a subclass, adds a term."
            )


def check_rate(owner: str, optimizer) -> None:
    """Refuses a learning rate that climbs, or that is no number.

    Args:
        owner: str. The class that the error message starts with.
        optimizer: an optimizer; its name, whose rate is Keras's, passes.

    Raises:
        ValueError: for a rate below 0, NaN or infinite.
    """
    rate = getattr(optimizer, "learning_rate", None)
    rate = 0.0 if rate is None else float(keras.ops.convert_to_numpy(rate))
    if not 0.0 <= rate < math.inf:
        raise refusal(
            f"{owner} takes a finite learning rate from 0 on. Received: "
            f"{type(optimizer).__name__} with learning_rate={rate:.6g}."
        )


def check_arguments(owner: str, given: dict) -> None:
    """Refuses what Keras would fail on in words of its own.

    Args:
        owner: str. The class that the error messages start with.
        given: dict. The arguments of `fit`, `evaluate` or `predict`, by name.

    Raises:
        ValueError: naming what was received, and what to do.
    """
    x = given.get("x")
    if x is None or isinstance(x, str | bytes | dict):
        raise refusal(
            f"{owner} takes arrays, a tf.data.Dataset, a PyDataset or a generator. "
            f"Received: {'None' if x is None else f'a {type(x).__name__}'}."
        )
    if isinstance(x, list | tuple):
        raise refusal(
            f"{owner} takes one array of examples. Received: a {type(x).__name__} of "
            f"{len(x)}. A condition is not a second input: fit(x, condition) takes it, "
            "or a tf.data.Dataset of (x, condition), which predict takes too."
        )
    if isinstance(x, np.ndarray | tf.Tensor) and not all(x.shape[:1]):
        raise refusal(
            f"{owner} needs at least one example. Received: x of shape "
            f"{tuple(x.shape)}."
        )
    if given.get("class_weight") is not None:
        raise refusal(
            f"{owner} weights examples, not classes. Received: class_weight=. Pass "
            "sample_weight=, or a tf.data.Dataset of (x, condition, weight)."
        )


def refuse_h5(owner: str, path) -> None:
    """Refuses a format that writes what nobody can load.

    Raises:
        ValueError: for a path that ends in .h5 or .hdf5.
    """
    if pathlib.Path(path).suffix.lower() in (".h5", ".hdf5"):
        raise refusal(
            f"{owner} is saved as a .keras file. Received: {str(path)!r}. For the "
            "weights alone use save_weights('NAME.weights.h5')."
        )


def traced_output_shape(model, input_shape, conditions):
    """Returns the shapes of `model(x)`, found by tracing it once.

    Args:
        model: a model that is built.
        input_shape: the shape of a batch; its first entry may be None.
        conditions: list of the specs of its condition, none of an unconditional one.
    """
    spec = tf.TensorSpec(input_shape, model.variable_dtype)
    traced = tf.function(lambda *given: model(*given), autograph=False)
    outputs = traced.get_concrete_function(spec, *conditions).structured_outputs
    return keras.tree.map_structure(lambda y: tuple(y.shape), outputs)


def as_list(callbacks) -> list:
    """Returns callbacks as `fit` takes them: none, one or several."""
    if callbacks is None:
        return []
    return list(callbacks) if isinstance(callbacks, Sequence) else [callbacks]


def by_name(method, *args, **kwargs) -> dict:
    """Returns the arguments of a method of Keras's, by their names."""
    given = dict(inspect.signature(method).bind(None, *args, **kwargs).arguments)
    del given["self"]
    return {**given.pop("kwargs", {}), **given}
