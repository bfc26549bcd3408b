"""From a run folder to what is served."""

import pathlib

import click

from .command import Command


@click.command(cls=Command)
@click.argument("run", type=click.Path())
@click.argument("directory", type=click.Path())
@click.option("--name", help="Instead of the recipe's name.")
@click.option("--format", "kind", default="savedmodel", show_default=True,
              help="savedmodel, onnx or litert.")  # fmt: skip
@click.option("--signature", help="Of onnx and litert: decode, generate, ...")
def export(run, directory, name, kind, signature):
    """Exports the model in the folder RUN to DIRECTORY/NAME/VERSION.

    RUN may be the name of a model that ships.

    The directory is then as TensorFlow Serving and "genkeras serve" take it. The
    formats onnx and litert give one file, DIRECTORY/NAME.onnx or .tflite.
    """
    from ..run_folder import RunFolder
    from ..serving import FORMATS, export_edge, write_served_model

    if kind not in ("savedmodel", *FORMATS):
        raise ValueError(
            f"Formats are savedmodel, {', '.join(FORMATS)}. Received: {kind!r}."
        )
    if kind == "savedmodel" and signature is not None:
        raise ValueError(
            "A SavedModel has all signatures. Received: --signature without --format."
        )
    folder = RunFolder.open(run)
    model, name = folder.load_model(), name or folder.recipe
    if kind == "savedmodel":
        version = write_served_model(model, directory, name)
        click.echo(f"Exported {name}, version {version.name}: {version}")
        return
    file = pathlib.Path(directory) / f"{name}{FORMATS[kind]}"
    written = export_edge(model, file, kind=kind, signature=signature)
    click.echo(f"Exported {written} of {name}: {file}")
