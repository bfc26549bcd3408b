"""Finds the sub-packages of the four folders; all else stands in pyproject.toml."""

import setuptools

FOLDERS = ("distributions", "layers", "zoo", "training")

found = setuptools.find_packages(
    include=[pattern for name in FOLDERS for pattern in (name, f"{name}.*")]
)
setuptools.setup(
    packages=["genkeras", *(f"genkeras.{name}" for name in found)],
    # The checkout itself is the package: `genkeras.zoo` is `zoo/`.
    package_dir={"genkeras": "."},
)
