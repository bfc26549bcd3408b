"""The `genkeras` command. TensorFlow is imported once a command needs it."""

from .command_line import main

__all__ = ["main"]
