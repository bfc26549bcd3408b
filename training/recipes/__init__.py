"""Results that anyone can rerun: one module each, with a `Config` and a `train`."""

import importlib
import pkgutil


def names() -> list[str]:
    """Returns the names of all recipes."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str):
    """Returns a recipe's module.

    Raises:
        ValueError: if there is none of that name.

    Example:
    >>> load("real_nvp_toys").Config().data
    'moons'
    """
    if name not in names():
        raise ValueError(f"Recipes are {', '.join(names())}. Received: {name!r}.")
    return importlib.import_module(f"{__name__}.{name}")
