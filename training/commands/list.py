"""What there is to train."""

import click

from .command import Command
from .output import table


@click.command("list", cls=Command)
def list_():
    """Lists the models with their papers, and the recipes."""
    from ... import zoo
    from ...zoo.base import preset_names
    from .. import recipes

    click.echo("Models (genkeras.zoo)")
    rows = [(name, *_paper(getattr(zoo, name))) for name in zoo.__all__]
    table([row for row in rows if row[1]])
    click.echo("\nRecipes (genkeras train RECIPE)")
    table([(n, recipes.load(n).summary, "") for n in recipes.names()])
    click.echo("\nTrained models (genkeras sample NAME)")
    table([(name, recipes.load(name).summary, "") for name in preset_names()])


def _paper(cls):
    """The first line of a model's docstring, and its first reference's address."""
    import keras

    registered = keras.saving.get_registered_name(cls)
    if not (hasattr(cls, "sample") and registered.startswith("genkeras>")):
        return "", ""  # a base class, or a game
    lines = (cls.__doc__ or "").splitlines()
    links = [word for line in lines for word in line.split() if "://" in word]
    return lines[0], links[0].rstrip(".,;") if links else ""
