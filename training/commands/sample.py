"""Samples of a trained model."""

import pathlib

import click

from .command import Command


@click.command(cls=Command)
@click.argument("run", type=click.Path())
@click.option("--num", default=64, show_default=True, type=click.IntRange(min=1))
@click.option("--out", default="samples.png", show_default=True, type=click.Path(),
              help="A .png picture, or .npy for the numbers.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, type=int)
def sample(run, num, out, seed):
    """Draws samples of the model in the folder RUN."""
    import numpy as np

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
        np.save(out, model.sample(num, condition=model.class_by_class(num), seed=seed))
    else:
        save_png(draw(model.preview(num, seed=seed), folder.picture), out)
    click.echo(f"{num} samples: {out}")
