"""The tour, as a command."""

import pathlib

import click

from .command import Command


@click.command(cls=Command)
@click.option("--out", default="demo", show_default=True, type=click.Path())
def demo(out):
    """Trains a flow, a PixelCNN, a VAE and a WGAN-GP on digits, and exports them."""
    from .tour import run_demo

    try:
        run_demo(pathlib.Path(out))
    except KeyboardInterrupt:
        raise click.ClickException("Interrupted; run the demo again.") from None
