"""From a run to a model that ships with the package."""

import json
import pathlib
import shutil

import keras
import tensorflow as tf

from .. import zoo  # noqa: F401 (registers the classes of models)
from . import recipes
from .files import written_aside
from .pictures import draw, save_png
from .run_folder import RunFolder


def ship(run, directory) -> pathlib.Path:
    """Writes the model of a run as a preset, as a SavedModel, and its card.

    The folder, `DIRECTORY/NAME`, is laid out as that of a run. The optimizer stays
    behind: who trains on compiles anew. All that the card says is read from the run and
    from the SavedModel.

    Args:
        run: path. The folder of a run that has finished, of data with a picture.
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
    model.export(path / "1", verbose=False)
    for name in ("config.json", "result.json"):
        shutil.copy(folder.path / name, path / name)
    save_png(draw(model.preview(64), folder.picture), path / "samples.png")
    with written_aside(path / "card.md") as draft:
        draft.write_text(_card(folder.recipe, model, path), encoding="utf-8")
    return path


def _card(name, model, path):
    result = json.loads((path / "result.json").read_text())
    served = tf.saved_model.load(str(path / "1")).signatures
    metrics = {
        k: f"{v:.0f}" if v == int(v) else f"{v:.3f}"
        for k, v in result["metrics"].items()
    }
    made = {k.replace("_", " "): v for k, v in result["versions"].items()}
    return _CARD.format(
        summary=recipes.load(name).summary.rstrip("."),
        kind=type(model).__name__,
        name=name,
        read=result["data"]["read"],
        metrics=_rows(metrics),
        signatures=_rows({k: _says(served, k) for k in served if k != _DEFAULT}),
        made=_rows(made),
    )


_DEFAULT = "serving_default"


def _rows(pairs):
    return "\n".join(f"| `{key}` | {value} |" for key, value in pairs.items())


def _says(served, name):
    """What a signature takes and gives; of the default one, that it is."""
    function = served[name]
    taken = function.structured_input_signature[1]
    same = served[_DEFAULT].structured_outputs.keys() == (
        function.structured_outputs.keys()
    )
    default = same and taken == served[_DEFAULT].structured_input_signature[1]
    last = "; the default" if default else ""
    return f"{_specs(taken)} | {_specs(function.structured_outputs)}{last}"


def _specs(tensors):
    return ", ".join(
        f"{name}: {x.dtype.name} [{', '.join(_size(n) for n in x.shape)}]"
        for name, x in sorted(tensors.items())
    )


def _size(length):
    return "B" if length is None else str(length)


_CARD = """\
# {summary}

A `{kind}`; its data are {read}. They are scikit-learn's (UCI Optical
Recognition of Handwritten Digits, CC BY 4.0). All hyperparameters are in `result.json`.

    genkeras train {name}      # the same again
    genkeras sample {name}     # from the one that ships

![samples](samples.png)

| on the test split | value |
|---|---|
{metrics}

Bits are per dimension and nats per example; what the README calls a bound is one. A
Frechet distance of raw pixels sees means and covariances only; beside it stands that of
as many training digits.

| signature | takes | gives |
|---|---|---|
{signatures}

```python
import tensorflow as tf

served = tf.saved_model.load("saved_models/{name}/1")
seed = tf.constant([0, 7])
served.signatures["sample"](num_samples=tf.constant(16), seed=seed)["samples"]
```

| made with | |
|---|---|
{made}

For trying out and for teaching: 8x8 digits are a toy.
"""
