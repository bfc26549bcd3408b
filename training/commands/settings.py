"""From what is typed to the `Config` of a recipe."""

import dataclasses
import os


def given(options: dict) -> dict:
    """Returns the options that were typed."""
    return {name: value for name, value in options.items() if value is not None}


def parsed(changes) -> dict[str, str]:
    """Returns the pairs of `--set NAME=VALUE`.

    Raises:
        ValueError: for one without a value.
    """
    pairs = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise ValueError(f"--set takes NAME=VALUE. Received: {change!r}.")
        pairs[name] = value
    return pairs


def changed(config, changes: dict, recipe: str):
    """Returns a config with some of its hyperparameters changed.

    Raises:
        ValueError: for a name that it does not have, or a value of another kind.
    """
    names = [field.name for field in dataclasses.fields(config)]
    fields = {name: getattr(config, name) for name in names}
    for name, value in changes.items():
        if name not in fields:
            raise ValueError(
                f"{recipe} has the hyperparameters {', '.join(fields)}. Received: "
                f"{name!r}."
            )
        if isinstance(value, str):
            fields[name] = _converted(name, value, fields[name])
        else:
            fields[name] = value
    return type(config)(**fields)


def _converted(name, text, default):
    """Reads a value of the default's kind from the command line."""
    try:
        if isinstance(default, tuple):
            kind = type(default[0]) if default else int
            return tuple(kind(part) for part in text.strip("()[]").split(",") if part)
        if isinstance(default, bool):
            return {"true": True, "false": False}[text.lower()]
        if isinstance(default, int | float):
            return type(default)(text)
    except (ValueError, KeyError):
        raise ValueError(
            f"{name} is a value such as {default!r}. Received: {text!r}."
        ) from None
    return None if text.lower() == "none" else text


def with_whole_paths(config):
    """Returns a config whose paths hold wherever it is read, and not here alone."""
    from ..data import LEVEL_TOYS, names

    whole = {}
    for name in ("data", "data_dir", "sources"):
        value = getattr(config, name, None)
        known = name == "data" and value in (*names(), *LEVEL_TOYS)
        if isinstance(value, str) and not known and os.path.exists(value):
            whole[name] = os.path.abspath(value)
    return dataclasses.replace(config, **whole)


def stored_config(recipe, workdir):
    """Returns the config that a run in a folder began with."""
    from ..run_folder import RunFolder

    # What differs, `train` shows.
    return RunFolder.open(workdir).config_like(recipe.Config())


def stored_options(workdir) -> dict:
    """Returns the options of `TrainOptions.numerical` that a run began with."""
    from ..run_folder import RunFolder

    kept = RunFolder.open(workdir).options
    return {k: v for k, v in kept.items() if k in ("precision", "accumulate")}
