"""A folder of models as TensorFlow Serving takes it."""

import pathlib

from .warm_up import write_warm_up

_BATCHING = """\
# How TensorFlow Serving joins requests: see tensorflow_serving/batching/README.md.
# Only signatures whose inputs all have rows can be joined: sample_rows, not sample.
max_batch_size { value: 64 }
batch_timeout_micros { value: 2000 }
max_enqueued_batches { value: 1000 }
num_batch_threads { value: 4 }
"""

_COMPOSE = """\
# docker compose up: REST on 8501, gRPC on 8500, of this machine alone.
services:
  serving:
    image: tensorflow/serving:2.19.1
    ports: ["127.0.0.1:8500:8500", "127.0.0.1:8501:8501"]
    volumes: ["./:/models:ro"]
    command:
      - --model_config_file=/models/models.config
      - --model_config_file_poll_wait_seconds=30
      - --enable_model_warmup=true
      # Joins requests of sample_rows; sample, which takes a number, is then refused.
      # - --enable_batching=true
      # - --batching_parameters_file=/models/batching.config
"""

_MODEL = """\
  config {{
    name: "{name}"
    base_path: "/models/{name}"
    model_platform: "tensorflow"
  }}
"""


def write_served_model(model, directory, name: str) -> pathlib.Path:
    """Exports a model to `directory/name/version`, and writes what servers read.

    Beside the SavedModel, with warm-up requests in its `assets.extra`, the directory
    gets `models.config` of all models in it, and, unless they are there,
    `batching.config` and `compose.yaml`.

    Args:
        model: a model of genkeras.
        directory: path.
        name: str. What the server calls the model.

    Returns:
        The folder of the version: the first number above those that are taken.
    """
    directory = pathlib.Path(directory)
    version = next_version(directory / name)
    # A server that watches the folder loads a version as soon as it has its number.
    draft = version.with_name(f".{version.name}.unfinished")
    model.export(draft, verbose=False)
    write_warm_up(draft, name)
    draft.rename(version)
    names = sorted({path.parent.name for path in versions(directory)})
    models = "".join(_MODEL.format(name=name) for name in names)
    (directory / "models.config").write_text(f"model_config_list {{\n{models}}}\n")
    for file, content in (("batching.config", _BATCHING), ("compose.yaml", _COMPOSE)):
        if not (directory / file).exists():
            (directory / file).write_text(content)
    return version


def next_version(folder: pathlib.Path) -> pathlib.Path:
    """Returns the first free of `folder/1`, `folder/2`, ..."""
    taken = [int(p.name) for p in folder.glob("*") if p.name.isdecimal()]
    return folder / str(max(taken, default=0) + 1)


def versions(directory) -> list[pathlib.Path]:
    """Returns the SavedModels `NAME/VERSION` of a directory, in order."""
    found = pathlib.Path(directory).glob("*/*/saved_model.pb")
    folders = [file.parent for file in found if file.parent.name.isdecimal()]
    return sorted(folders, key=lambda path: (path.parent.name, int(path.name)))
