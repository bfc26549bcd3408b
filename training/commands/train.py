"""From a recipe to a run folder."""

import pathlib
import shlex
import signal
import sys

import click

from .command import Command
from .output import show
from .settings import changed, given, parsed, stored_config, with_whole_paths


@click.command(cls=Command)
@click.argument("recipe")
@click.option("--data", help="A data set: a name, a folder of images, a file.")
@click.option("--data-dir", help="Where TFDS looks; else TFDS_DATA_DIR.")
@click.option("--epochs", type=click.IntRange(min=1), help="Passes over the data.")
@click.option("--seed", type=int, help="Of the weights, the data and the noise.")
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE",
              help="Any other hyperparameter; give it again for more.")  # fmt: skip
@click.option("--workdir", type=click.Path(), help="The run folder [runs/RECIPE].")
@click.option("--strategy", default="auto", show_default=True,
              help="auto, mirrored, cpu, cpu:N or gpu:I.")  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on with the run in the run folder.")
def train(recipe, changes, workdir, strategy, resume, **options):
    """Trains RECIPE, and writes its run folder."""
    from .. import recipes
    from ..strategies import make_strategy

    found = recipes.load(recipe)
    strategy = make_strategy(strategy)  # before anything wakes TensorFlow
    workdir = pathlib.Path(workdir or pathlib.Path("runs") / recipe)
    base = stored_config(found, workdir) if resume else found.Config()
    config = changed(base, {**parsed(changes), **given(options)}, recipe)
    config = with_whole_paths(config)
    # What a scheduler sends before it takes the machine away.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        # Through a pipe a line an epoch, and no bar that is drawn over itself.
        verbose = 1 if sys.stdout.isatty() else 2
        options = {"strategy": strategy, "resume": resume, "verbose": verbose}
        metrics = found.train(config, workdir, **options)
    except KeyboardInterrupt:
        _say_how_to_resume(recipe, workdir)
        sys.exit(130)
    click.echo(f"\n{recipe}: {workdir}")
    show(metrics)


def _say_how_to_resume(recipe, workdir):
    if not any(workdir.glob("checkpoints/*.h5")):
        click.echo("\nInterrupted, before the first epoch was whole.", err=True)
        return
    click.echo(
        f"\nInterrupted. Go on from the last whole epoch with:\n"
        f"  genkeras train {recipe} --workdir {shlex.quote(str(workdir))} --resume",
        err=True,
    )
