"""Results that anyone can rerun: one module each, with a `Config`."""

import functools
import importlib
import pkgutil

from .recipe import Recipe


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


def load(name: str) -> Recipe:
    """Returns a recipe by its name.

    Raises:
        ValueError: if there is none of that name.

    Example:
    >>> load("real_nvp_toys").Config().data
    'moons'
    """
    if name not in names():
        raise ValueError(f"Recipes are {', '.join(names())}. Received: {name!r}.")
    return Recipe(importlib.import_module(f"{__name__}.{_rooms()[name]}.{name}"))
