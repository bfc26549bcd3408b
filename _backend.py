"""Raises, on import, if Keras runs or will run on another backend than TensorFlow."""

import json
import os
import pathlib
import sys


def _configured() -> str:
    """What Keras runs on, without importing it: a missing backend ends its import."""
    if "keras" in sys.modules:
        return sys.modules["keras"].config.backend()
    if "KERAS_BACKEND" in os.environ:
        return os.environ["KERAS_BACKEND"]
    home = os.environ.get("KERAS_HOME") or pathlib.Path.home() / ".keras"
    try:
        settings = json.loads((pathlib.Path(home) / "keras.json").read_text())
        return settings.get("backend", "tensorflow")
    except (OSError, ValueError, AttributeError):
        return "tensorflow"  # Keras's own default


if _configured() not in ("", "tensorflow"):
    raise ImportError(
        "genkeras stands on TensorFlow Probability, so Keras must run on TensorFlow. "
        f"Received: the backend {_configured()!r}. Set KERAS_BACKEND=tensorflow before "
        "the first import of Keras."
    )
