"""From a run to a model that ships with the package."""

import pathlib
import shutil

import keras

from .. import zoo  # noqa: F401 (registers the classes of models)
from .files import written_aside
from .pictures import draw, save_png
from .run_folder import RunFolder


def ship(run, directory) -> pathlib.Path:
    """Writes the model of a run as a preset, and as a SavedModel, to `DIRECTORY/NAME`.

    The optimizer stays behind: who trains on compiles anew. The card is written by
    hand, with the numbers of `result.json`.

    Args:
        run: path. The folder of a run that has finished.
        directory: path, such as `saved_models`.

    Returns:
        The folder of the preset.
    """
    folder = RunFolder.open(run)
    path = pathlib.Path(directory) / folder.recipe
    path.mkdir(parents=True, exist_ok=True)
    # Keras's `include_optimizer=False` is for other formats.
    model = keras.saving.load_model(folder.path / "model.keras", compile=False)
    with written_aside(path / "model.keras") as draft:
        model.save(draft)
    shutil.rmtree(path / "1", ignore_errors=True)
    model.export(path / "1")
    for name in ("config.json", "result.json"):
        shutil.copy(folder.path / name, path / name)
    save_png(draw(model.preview(64), folder.picture), path / "samples.png")
    return path
