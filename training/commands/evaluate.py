"""Metrics of a trained model."""

import dataclasses

import click

from .command import Command
from .output import show
from .settings import stored_config


@click.command(cls=Command)
@click.argument("run", type=click.Path())
@click.option("--data", help="Another data set than that of the training.")
@click.option("--data-dir", help="Where TFDS looks; else as in training.")
def evaluate(run, data, data_dir):
    """Prints the metrics of the model in the folder RUN, on the test split.

    RUN may be the name of a model that ships.
    """
    from .. import recipes
    from ..run_folder import RunFolder

    folder = RunFolder.open(run)
    recipe = recipes.load(folder.recipe)
    config = stored_config(recipe, run)
    if data is not None:
        config = dataclasses.replace(config, data=data)
    if data_dir is not None:
        config = dataclasses.replace(config, data_dir=data_dir)
    model = folder.load_model()
    found = recipe.load_data(config)
    if folder.data is not None and data is None:
        folder.check_data(found.digest())
    show(recipe.evaluate(model, found, config))
