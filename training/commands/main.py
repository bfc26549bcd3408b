"""The `genkeras` command: list, train, launch, sample, evaluate, export, serve, demo.

TensorFlow takes seconds to import, and `--help` needs none of it: each command imports
what it uses.
"""

import os

# Before TensorFlow is imported: its start-up notes are no news to a user.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import click

from .demo import demo
from .evaluate import evaluate
from .export import export
from .group import Group
from .launch import launch
from .list import list_
from .sample import sample
from .serve import serve
from .train import train


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--traceback", is_flag=True, help="Show where an error comes from.")
@click.version_option(package_name="genkeras")
def main(traceback):
    """Trains, samples, evaluates and exports the models of genkeras."""


for command in (list_, train, launch, sample, evaluate, export, serve, demo):
    main.add_command(command)


if __name__ == "__main__":
    main()
