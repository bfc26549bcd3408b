"""One line for what a user can mend, and traces for bugs."""

import click

from .command import Command


class Group(click.Group):
    """Shows what a user can put right as one line, and keeps traces for bugs."""

    command_class = Command

    def invoke(self, ctx):
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException, click.Abort):
            raise
        except Exception as error:
            if ctx.params.get("traceback") or isinstance(error, BrokenPipeError):
                raise
            raise click.ClickException(_explained(error)) from None


def _explained(error):
    """The message of what we raise; of what we did not foresee, also its kind."""
    if isinstance(error, ImportError | ValueError | OSError):
        return one_line(error)
    message = (one_line(error) or "no message")[:300]
    return f"{type(error).__name__}: {message} (see genkeras --traceback ...)"


def one_line(error) -> str:
    """Returns the message of an error without its line breaks."""
    return " ".join(str(error).split())
