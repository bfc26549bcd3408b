"""The `genkeras` command: list, train, sample, evaluate, export, demo."""

import contextlib
import dataclasses
import os
import pathlib
import sys

# Before TensorFlow is imported: its start-up notes are no news to a user.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import click

# TensorFlow takes seconds to import, and `--help` needs none of it: each command
# imports what it uses.


@contextlib.contextmanager
def _silence():
    """Sends what C++ writes to the standard error nowhere.

    TensorFlow writes start-up notes before it reads the log level; a Python exception
    still comes through.
    """
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


class _Command(click.Command):
    """Imports TensorFlow once it is sure that the command will run."""

    def invoke(self, ctx):
        with _silence():
            from ... import zoo  # noqa: F401
        return super().invoke(ctx)


class _Group(click.Group):
    """Shows what a user can put right as one line, and keeps traces for bugs."""

    command_class = _Command

    def invoke(self, ctx):
        try:
            return super().invoke(ctx)
        except (ImportError, ValueError, OSError) as error:
            if ctx.params.get("traceback") or isinstance(error, BrokenPipeError):
                raise
            raise click.ClickException(_one_line(error)) from None


def _one_line(error):
    return " ".join(str(error).split())


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--traceback", is_flag=True, help="Show where an error comes from.")
@click.version_option(package_name="genkeras")
def main(traceback):
    """Trains, samples, evaluates and exports the models of genkeras."""


# === list ===
@main.command("list")
def list_():
    """Lists the models with their papers, and the recipes."""
    from ... import zoo
    from .. import recipes

    click.echo("Models (genkeras.zoo)")
    rows = [(name, *_paper(getattr(zoo, name))) for name in zoo.__all__]
    _table([row for row in rows if row[1]])
    click.echo("\nRecipes (genkeras train RECIPE)")
    _table([(n, recipes.load(n).__doc__.splitlines()[0], "") for n in recipes.names()])


def _paper(cls):
    """The first line of a model's docstring, and its first reference's address."""
    import keras

    registered = keras.saving.get_registered_name(cls)
    if not (hasattr(cls, "sample") and registered.startswith("genkeras>")):
        return "", ""  # a base class, or a game
    lines = (cls.__doc__ or "").splitlines()
    links = [word for line in lines for word in line.split() if "://" in word]
    return lines[0], links[0].rstrip(".,;") if links else ""


def _table(rows):
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = (str(cell).ljust(w) for cell, w in zip(row, widths, strict=True))
        click.echo("  " + "  ".join(cells).rstrip())


# === train ===
@main.command()
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

    module = recipes.load(recipe)
    strategy = make_strategy(strategy)  # before anything wakes TensorFlow
    workdir = pathlib.Path(workdir or pathlib.Path("runs") / recipe)
    base = _stored_config(module, workdir) if resume else module.Config()
    config = _changed(base, {**_parsed(changes), **_given(options)}, recipe)
    try:
        metrics = module.train(config, workdir, strategy=strategy, resume=resume)
    except KeyboardInterrupt:
        _say_how_to_resume(recipe, workdir)
        sys.exit(130)
    click.echo(f"\n{recipe}: {workdir}")
    _show(metrics)


def _given(options):
    return {name: value for name, value in options.items() if value is not None}


def _parsed(changes):
    pairs = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise ValueError(f"--set takes NAME=VALUE. Received: {change!r}.")
        pairs[name] = value
    return pairs


def _changed(config, changes, recipe):
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


def _stored_config(module, workdir):
    from ..run_folder import RunFolder

    # What differs, `train` shows.
    return RunFolder.open(workdir).config_like(module.Config())


def _say_how_to_resume(recipe, workdir):
    click.echo(
        f"\nInterrupted. Go on from the last whole epoch with:\n"
        f"  genkeras train {recipe} --workdir {workdir} --resume",
        err=True,
    )


def _show(metrics):
    _table([(name, _number(value)) for name, value in metrics.items()])


def _number(value):
    return f"{value:d}" if isinstance(value, int) else f"{value:.4g}"


# === What is done with a run ===
@main.command()
@click.argument("run", type=click.Path())
@click.option("--num", default=64, show_default=True, type=click.IntRange(min=1))
@click.option("--out", default="samples.png", show_default=True, type=click.Path(),
              help="A .png picture, or .npy for the numbers.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, type=int)
def sample(run, num, out, seed):
    """Draws samples of the model in the folder RUN."""
    import numpy as np

    from ..callbacks import each_class, sample_to_look_at
    from ..pictures import draw, save_png
    from ..run_folder import RunFolder

    folder = RunFolder.open(run)
    out = pathlib.Path(out)
    if out.suffix not in (".png", ".npy"):
        raise ValueError(f"--out ends in .png or .npy. Received: {str(out)!r}.")
    if out.suffix == ".png" and folder.picture is None:
        raise ValueError("This data has no picture. Pass --out with a .npy file.")
    model = folder.load_model()
    if out.suffix == ".npy":
        out.parent.mkdir(parents=True, exist_ok=True)
        np.save(out, model.sample(num, condition=each_class(model, num), seed=seed))
    else:
        save_png(draw(sample_to_look_at(model, num, seed=seed), folder.picture), out)
    click.echo(f"{num} samples: {out}")


@main.command()
@click.argument("run", type=click.Path())
@click.option("--data-dir", help="Where TFDS looks; else as in training.")
def evaluate(run, data_dir):
    """Prints the metrics of the model in the folder RUN, on the test split."""
    from .. import recipes
    from ..run_folder import RunFolder

    folder = RunFolder.open(run)
    module = recipes.load(folder.recipe)
    config = _stored_config(module, run)
    if data_dir is not None:
        config = dataclasses.replace(config, data_dir=data_dir)
    model = folder.load_model()
    _show(module.evaluate(model, module.load_data(config), config))


@main.command()
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


# === demo ===
@main.command()
@click.option("--out", default="demo", show_default=True, type=click.Path())
def demo(out):
    """Trains a flow, a VAE and a WGAN-GP on real digits, and exports them."""
    from .demo import run_demo

    try:
        run_demo(pathlib.Path(out))
    except KeyboardInterrupt:
        raise click.ClickException("Interrupted; run the demo again.") from None


if __name__ == "__main__":
    main()
