"""Results that anyone can rerun: one module each, with a `Config` and a `train`."""

import functools
import importlib
import pkgutil


@functools.cache
def _rooms() -> dict[str, str]:
    """The room of each recipe, by the recipe's name."""
    rooms = [module.name for module in pkgutil.iter_modules(__path__) if module.ispkg]
    return {
        module.name: room
        for room in rooms
        for module in pkgutil.iter_modules([f"{folder}/{room}" for folder in __path__])
    }


def names() -> list[str]:
    """Returns the names of all recipes."""
    return sorted(_rooms())


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
    return importlib.import_module(f"{__name__}.{_rooms()[name]}.{name}")
