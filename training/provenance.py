"""What a number was made with."""

import functools
import importlib.metadata
import os
import pathlib
import platform
import subprocess

_ROOT = pathlib.Path(__file__).parents[1]


@functools.cache
def made_with() -> dict:
    """Returns the versions, the commit and the kind of machine that run this.

    Of a package that is no checkout, the commit is None; one whose files were changed
    since ends in "-dirty".
    """
    packages = ("genkeras", "numpy", "keras", "tensorflow", "tensorflow-probability")
    versions = {name.replace("-", "_"): _version(name) for name in packages}
    return {
        **versions,
        "python": platform.python_version(),
        "commit": _commit(),
        "machine": f"{_processor()}, {os.cpu_count()} cores",
    }


def _version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:  # on the path, not installed
        return None


def _commit():
    if not (_ROOT / ".git").exists():
        return None
    command = ["git", "-C", str(_ROOT), "describe", "--always", "--dirty", "--abbrev=9"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _processor():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1] for line in lines if line.startswith("model name")]
    return " ".join(names[0].split()) if names else platform.machine()
