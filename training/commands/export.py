"""From a run folder to a SavedModel."""

import pathlib

import click

from .command import Command


@click.command(cls=Command)
@click.argument("run", type=click.Path())
@click.argument("directory", type=click.Path())
@click.option("--name", help="Instead of the recipe's name.")
def export(run, directory, name):
    """Exports the model in the folder RUN to DIRECTORY/NAME/VERSION."""
    from ..run_folder import RunFolder

    folder = RunFolder.open(run)
    model = folder.load_model()
    model.export(next_version(pathlib.Path(directory) / (name or folder.recipe)))


def next_version(folder: pathlib.Path) -> pathlib.Path:
    """Returns the first free of `folder/1`, `folder/2`, ..."""
    taken = [int(p.name) for p in folder.glob("*") if p.name.isdecimal()]
    return folder / str(max(taken, default=0) + 1)
