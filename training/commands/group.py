"""One line for what a user can mend, and traces for bugs."""

import click

from .command import Command


class Group(click.Group):
    """Shows what a user can put right as one line, and keeps traces for bugs."""

    command_class = Command

    def invoke(self, ctx):
        try:
            return super().invoke(ctx)
        except (ImportError, ValueError, OSError) as error:
            if ctx.params.get("traceback") or isinstance(error, BrokenPipeError):
                raise
            raise click.ClickException(one_line(error)) from None


def one_line(error) -> str:
    """Returns the message of an error without its line breaks."""
    return " ".join(str(error).split())
