"""From a recipe to a run folder."""

import pathlib
import shlex
import signal
import sys

import click

from .command import Command
from .group import one_line
from .output import show
from .settings import (
    changed,
    given,
    parsed,
    stored_config,
    stored_options,
    with_whole_paths,
)


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
              help="auto, one, mirrored, multiworker, cpu, cpu:N, gpu:I.")  # fmt: skip
@click.option("--precision", help="float32, mixed_bfloat16 or mixed_float16.")
@click.option("--accumulate", type=click.IntRange(min=1),
              help="In how many parts a step goes through its batch.")  # fmt: skip
@click.option("--checkpoint-minutes", type=click.FloatRange(min=0, min_open=True),
              help="Checkpoints within epochs, so many minutes apart.")  # fmt: skip
@click.option("--profile", is_flag=True,
              help="Profile ten steps, and log norms of gradients.")  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on with the run in the run folder.")
def train(recipe, changes, workdir, strategy, resume, **typed):
    """Trains RECIPE, and writes its run folder."""
    import tensorflow as tf

    from ...layers.replicas import across_workers, is_chief
    from .. import recipes
    from ..strategies import make_strategy
    from ..train_options import TrainOptions

    found = recipes.load(recipe)
    strategy = make_strategy(strategy)  # before anything wakes TensorFlow
    workdir = pathlib.Path(workdir or pathlib.Path("runs") / recipe)
    how = {field: typed.pop(field) for field in _HOW}
    base, began = found.Config(), {}
    if resume:
        base, began = stored_config(found, workdir), stored_options(workdir)
    config = changed(base, {**parsed(changes), **given(typed)}, recipe)
    config = with_whole_paths(config)
    options = TrainOptions(**{**began, **given(how)})
    # What a scheduler sends before it takes the machine away.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        # Through a pipe a line an epoch, and no bar that is drawn over itself.
        verbose = 1 if sys.stdout.isatty() else 2
        how = {"strategy": strategy, "resume": resume, "verbose": verbose}
        metrics = found.train(config, workdir, options=options, **how)
    except KeyboardInterrupt:
        if is_chief(strategy):
            _say_how_to_resume(recipe, workdir)
        sys.exit(130)
    except (tf.errors.UnavailableError, tf.errors.AbortedError) as error:
        if not across_workers(strategy):
            raise
        raise click.ClickException(
            "Another worker has ended, and this one with it. Start all of them again "
            f"with --resume. Received: {one_line(error)[:200]}"
        ) from None
    if is_chief(strategy):
        click.echo(f"\n{recipe}: {workdir}")
        show(metrics)


_HOW = ("precision", "accumulate", "checkpoint_minutes", "profile")


def _say_how_to_resume(recipe, workdir):
    if not any(workdir.glob("checkpoints/*.h5")):
        click.echo("\nInterrupted, before the first checkpoint.", err=True)
        return
    click.echo(
        f"\nInterrupted. Go on from the last checkpoint with:\n"
        f"  genkeras train {recipe} --workdir {shlex.quote(str(workdir))} --resume",
        err=True,
    )
