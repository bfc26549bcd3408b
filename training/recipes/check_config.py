"""What every recipe's `Config` must hold."""

import dataclasses
import itertools
import math

# More weights than a gigabyte holds, between two layers.
_MOST = 2**28
# Whole numbers that may be 0; others are from 1 on.
_FROM_ZERO = ("seed", "held_out", "num_blocks", "warmup_steps")
# Real numbers that are above 0; others are finite.
_POSITIVE = ("learning_rate", "clip_norm", "decay", "gamma")


def check_config(config) -> None:
    """Checks each field by its kind, which is that of its default.

    Raises:
        ValueError: naming the field, what it takes, and what was received.

    Example:
    >>> @dataclasses.dataclass(frozen=True)
    ... class Config:
    ...     batch_size: int = 100
    >>> check_config(Config(batch_size=0))
    Traceback (most recent call last):
    ValueError: `batch_size` is a whole number from 1 on. Received: batch_size=0.
    """
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        _check_size(field, value)
        for part in value if isinstance(value, tuple) else (value,):
            _check(field, part, value)


def _check_size(field, value):
    """Bounds what a layer would be made of: a file may claim any number."""
    parts = value if isinstance(value, tuple) else (value,)
    whole = [part for part in parts if isinstance(part, int)]
    largest = max(map(math.prod, itertools.pairwise([1, *whole])), default=0)
    if field.name != "seed" and largest > _MOST:
        raise ValueError(
            f"`{field.name}` is of at most {_MOST} numbers in all. Received: "
            f"{field.name}={value!r}."
        )


def _check(field, part, value):
    default = field.default
    default = default[0] if isinstance(default, tuple) and default else default
    if isinstance(default, bool) or isinstance(part, bool):
        wanted = None if isinstance(part, bool) else "True or False"
    elif isinstance(default, int):
        least = 0 if field.name in _FROM_ZERO or default == 0 else 1
        fits = isinstance(part, int) and part >= least
        wanted = None if fits else f"a whole number from {least} on"
    elif isinstance(default, float):
        real = isinstance(part, int | float) and math.isfinite(part)
        positive = field.name in _POSITIVE
        fits = real and (part > 0 if positive else part >= min(0.0, default))
        wanted = (
            None if fits else f"a finite number {'above' if positive else 'from'} 0"
        )
        wanted = wanted if positive or fits else wanted + " on"
    else:
        wanted = None
    if wanted is not None:
        raise ValueError(
            f"`{field.name}` is {wanted}. Received: {field.name}={value!r}."
        )
