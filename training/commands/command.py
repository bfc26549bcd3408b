"""A command that is run quietly."""

import contextlib
import os
import sys

import click


@contextlib.contextmanager
def silence():
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


class Command(click.Command):
    """Imports TensorFlow once it is sure that the command will run."""

    def invoke(self, ctx):
        with silence():
            from ... import zoo  # noqa: F401
        return super().invoke(ctx)
