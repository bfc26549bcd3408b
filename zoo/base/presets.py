"""Trained models that come with the package."""

import pathlib
import re

import keras

from .claimed_sizes import check_claimed_sizes
from .refusal import refusal

FOLDER = pathlib.Path(__file__).parents[2] / "saved_models"


def preset_names() -> tuple[str, ...]:
    """Returns the names of the models that ship.

    Example:
    >>> "real_nvp_digits" in preset_names()
    True
    """
    return tuple(sorted(file.parent.name for file in FOLDER.glob("*/model.keras")))


def preset_folder(preset) -> pathlib.Path:
    """Returns the folder of a preset, which is laid out as that of a run.

    Args:
        preset: a name, or the path of a folder, which goes first where there is one.
    """
    path = pathlib.Path(preset)
    if not path.exists() and str(preset) in preset_names():
        return FOLDER / str(preset)
    return path


def load_preset(cls, preset) -> keras.Model:
    """Returns a trained model of a class; see `GenerativeModel.from_preset`."""
    if not isinstance(preset, str | pathlib.Path):
        raise refusal(
            f"{cls.__name__}.from_preset takes a name or a path. Received: {preset!r}."
        )
    file = path = preset_folder(preset)
    if path.suffix != ".keras":
        file = path / "model.keras"
    if not file.is_file():
        raise refusal(
            f"{cls.__name__}.from_preset takes one of {', '.join(preset_names())}, the "
            f"folder of a run that has finished, or a .keras file. Received: "
            f"{str(preset)!r}."
        )
    model = load_file(file)
    if not isinstance(model, cls):
        raise refusal(
            f"{cls.__name__}.from_preset takes a model of its class. Received: "
            f"{str(preset)!r}, a {type(model).__name__}."
        )
    return model


def load_file(file: pathlib.Path) -> keras.Model:
    """Returns the model of a `.keras` file.

    Raises:
        ValueError: naming a class that this process does not know, or a size that the
            weights in the file cannot have; what else is wrong, in one line.
    """
    check_claimed_sizes(file)
    try:
        return keras.saving.load_model(file)
    except Exception as error:  # a damaged file raises whatever its reader meets
        line = " ".join(str(error).split())
        missing = re.search(r"Could not locate (?:class|function) '([^']*)'", line)
        if missing is None:
            raise refusal(
                f"{str(file)!r} cannot be loaded, and may be damaged. Received: "
                f"{line[:200]}"
            ) from error
        raise refusal(
            f"{str(file)!r} cannot be loaded before its classes are known. Received: "
            f"{missing[1]!r}, which is not. Decorate it with "
            "@keras.saving.register_keras_serializable(package='mine') before it is "
            "saved, and import its module before it is loaded."
        ) from error
