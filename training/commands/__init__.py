"""The `genkeras` command. TensorFlow is imported once a command needs it."""

from .main import main

__all__ = ["main"]
