"""What the options of a constructor may be, from their annotations and their names.

An option is annotated with its type, and options of one name mean the same in every
class. So what is a count, a share or a width is said once, here, and every public class
is held to it, those of tomorrow among them.
"""

import collections.abc
import functools
import inspect
import math
import types
import typing

import keras
import numpy as np

# Whole numbers start at 1; these elsewhere.
_LEAST = {
    "num_levels": 2,
    "num_blocks": 0,
    "num_flows": 0,
    "num_dropouts": 0,
    "num_downsamples": 0,
    "context_size": 0,
    "pool_size": 0,
    "size": 0,
    "order_seed": 0,
    "seed": -(2**63),
}
# Real numbers are finite and not negative; these are above 0,
_POSITIVE = {
    "atol",
    "bound",
    "clip_limit",
    "end_time",
    "epsilon",
    "least_stddev",
    "limit",
    "max_log_scale",
    "min_prob",
    "min_stddev",
    "rtol",
    "train_tolerance",
}
# these are shares of one whole, that one left out,
_SHARES = {"code_momentum", "decay", "dropout", "dropout_rate", "momentum", "rate"}
# and these may be anything.
_ANY = {"fake_label", "generator_label", "real_label"}


def check_settings(classes) -> None:
    """Has the constructors of classes check the options that they are given.

    Whole numbers, real numbers, flags, and sequences of whole numbers are looked at, as
    their annotations say, and names of activations; numbers of NumPy become Python's
    own, so that a configuration stays plain JSON. What else an option must be is left
    to the class.

    Args:
        classes: iterable of classes, whose `__init__` is wrapped.

    Example:
    >>> class Toy:
    ...     def __init__(self, depth: int = 2):
    ...         self.depth = depth
    >>> check_settings([Toy])
    >>> Toy(np.int64(3)).depth
    3
    >>> Toy(0)
    Traceback (most recent call last):
    ValueError: Toy takes a whole number from 1 on as depth. Received: depth=0.
    """
    for cls in classes:
        if "__init__" in vars(cls):
            cls.__init__ = _checked(cls.__init__)


def is_whole(value) -> bool:
    """Whether a value is one whole number, of Python or of NumPy.

    Example:
    >>> [is_whole(value) for value in (1, np.int64(-2), 2.0, "1", True)]
    [True, True, False, False, False]
    """
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def is_real(value) -> bool:
    """Whether a value is one finite real number, of Python or of NumPy.

    Example:
    >>> [is_real(value) for value in (1, np.float32(0.5), float("nan"), "1", True)]
    [True, True, False, False, False]
    """
    number = is_whole(value) or isinstance(value, float | np.floating)
    return number and math.isfinite(value)


def _checked(init):
    signature = inspect.signature(init)
    kinds = {
        name: kind
        for name, parameter in signature.parameters.items()
        if (kind := _kind(name, parameter.annotation))
    }

    @functools.wraps(init)
    def checked(self, *args, **kwargs):
        try:
            given = signature.bind(self, *args, **kwargs)
        except TypeError:
            return init(self, *args, **kwargs)  # whose message names the argument
        for name, kind in kinds.items():
            if name in given.arguments:
                value = given.arguments[name]
                given.arguments[name] = kind(type(self).__name__, name, value)
        return init(*given.args, **given.kwargs)

    checked.__signature__ = signature  # which Keras reads the arguments' names from
    return checked


def _kind(name, annotation):
    """A function of owner, name and value that checks it; None for other kinds."""
    if name in ("activation", "output_activation", "code_activation"):
        return _activation
    if name == "event_shape":
        return functools.partial(_one_of, [collections.abc.Sequence[int]])
    union = isinstance(annotation, types.UnionType)
    parts = typing.get_args(annotation) if union else (annotation,)
    known = (int, float, bool, collections.abc.Sequence[int], types.NoneType)
    if any(part not in known for part in parts):
        return None
    return functools.partial(_one_of, parts)


def _one_of(parts, owner, name, value):
    wanted = []
    for part in parts:
        description, fits, convert = _RULES[part](name)
        if fits(value):
            return convert(value)
        wanted.append(description)
    raise ValueError(
        f"{owner} takes {' or '.join(wanted)} as {name}. Received: {name}={value!r}."
    )


def _activation(owner, name, value):
    try:
        keras.activations.get(value)
    except (ValueError, TypeError):
        raise ValueError(
            f"{owner} takes the name of one of Keras's activations, or a function, as "
            f"{name}. Received: {name}={value!r}."
        ) from None
    return value


# === Each kind: what it is called, whether a value fits, and what becomes of it ===
def _none(name):
    return "None", lambda value: value is None, lambda value: value


def _flag(name):
    return "True or False", lambda value: isinstance(value, bool | np.bool_), bool


def _whole(name):
    least = _LEAST.get(name, 1)
    description = "a whole number" if least < 0 else f"a whole number from {least} on"
    return description, functools.partial(_is_whole, least), int


def _whole_numbers(name):
    def fits(value):
        listed = isinstance(value, list | tuple | np.ndarray) and np.ndim(value) < 2
        return listed and all(_is_whole(1, part) for part in value)

    def plain(value):
        return tuple(int(part) for part in value)

    return "a sequence of whole numbers from 1 on", fits, plain


def _is_whole(least, value):
    return is_whole(value) and least <= value < 2**64


def _real(name):
    ranges = {
        "a finite number": (name in _ANY, lambda v: True),
        "a number above 0": (name in _POSITIVE, lambda v: v > 0.0),
        "a number from 0 up to 1, 1 left out,": (name in _SHARES, lambda v: 0 <= v < 1),
        "a finite number from 0 on": (True, lambda v: v >= 0.0),
    }
    description, fits = next((n, f) for n, (its, f) in ranges.items() if its)

    return description, lambda value: is_real(value) and fits(value), _plain


def _plain(value):
    return value.item() if isinstance(value, np.number) else value


_RULES = {
    types.NoneType: _none,
    bool: _flag,
    int: _whole,
    float: _real,
    collections.abc.Sequence[int]: _whole_numbers,
}
