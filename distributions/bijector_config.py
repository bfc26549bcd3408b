"""Writes TFP bijectors to JSON and back, so that a model can save a chain of them."""

import inspect

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

tfb = tfp.bijectors


def bijector_config(bijector: tfb.Bijector) -> dict:
    """Returns a JSON description of a weightless TFP bijector.

    Args:
        bijector: a class of `tfp.bijectors` whose arguments are numbers, strings,
            arrays or such bijectors.

    Returns:
        A dict with `bijector`, the class name, and `parameters`.

    Raises:
        ValueError: if the class is not TFP's, or an argument (a function, a variable)
            cannot be written to JSON; the message says what to do.

    Example:
    >>> bijector_config(tfp.bijectors.Scale(2.0))["parameters"]["scale"]
    2.0
    """
    kind = type(bijector)
    name = kind.__name__
    # Several public names (Shift, Scale, ...) are wrapped in private classes; and a
    # class of the user's own may bear the name of one of TFP's.
    of_tfp = kind.__module__.startswith("tensorflow_probability.")
    if not of_tfp or not hasattr(tfb, name.lstrip("_")):
        raise ValueError(
            f"Only bijectors of tfp.bijectors can be saved in a chain. Received: "
            f"{name}. Wrap it in a layer whose `bijector(condition=None)` makes it."
        )
    usual = inspect.signature(kind.__init__).parameters
    parameters = {
        key: _encode(value, f"{name}({key}=...)")
        for key, value in bijector.parameters.items()
        if key not in ("name", "self", "__class__")
        # A function that TFP itself puts there.
        and not (callable(value) and key in usual and value is usual[key].default)
    }
    return {"bijector": name.lstrip("_"), "parameters": parameters}


def bijector_from_config(config: dict, dtype=None) -> tfb.Bijector:
    """Makes a fresh bijector from what `bijector_config` returned.

    Args:
        config: dict.
        dtype: None, or the precision that its floats are cast to: TFP mixes none.

    Example:
    >>> shift = bijector_from_config(bijector_config(tfp.bijectors.Shift([1.0, 2.0])))
    >>> shift.forward([0.0, 0.0]).numpy()
    array([1., 2.], dtype=float32)
    """
    kind = getattr(tfb, config["bijector"])
    return kind(**{k: _decode(v, dtype) for k, v in config["parameters"].items()})


def _encode(value, where):
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tfb.Bijector):
        return bijector_config(value)
    if isinstance(value, list | tuple):
        return [_encode(part, where) for part in value]
    if isinstance(value, np.ndarray | np.generic | tf.Tensor):
        array = np.asarray(value)
        return {"array": array.tolist(), "dtype": array.dtype.name}
    raise ValueError(
        f"{where} cannot be written to JSON, so a chain that holds it cannot be saved. "
        f"Received: {type(value).__name__}. Weights belong in a layer: write one whose "
        "`bijector(condition=None)` makes this bijector."
    )


def _decode(value, dtype):
    if isinstance(value, list):
        return [_decode(part, dtype) for part in value]
    if isinstance(value, dict) and "bijector" in value:
        return bijector_from_config(value, dtype)
    if isinstance(value, dict) and "array" in value:
        array = np.asarray(value["array"], value["dtype"])
        # A tensor: some of TFP's classes take float64 arrays for float32.
        floats = array.dtype.kind == "f"
        return tf.constant(array, dtype or array.dtype) if floats else array
    return _cast(value, dtype) if isinstance(value, float) else value


def _cast(value, dtype):
    return value if dtype is None else np.asarray(value, tf.as_dtype(dtype).name)
