"""Finds the sub-packages of the four folders; all else stands in pyproject.toml."""

import setuptools
from setuptools.command.build_py import build_py

FOLDERS = ("distributions", "layers", "zoo", "training")


class BuildPackage(build_py):
    """Leaves this file out of the package, whose folder is the checkout itself."""

    def find_package_modules(self, package, package_dir):
        found = super().find_package_modules(package, package_dir)
        return [module for module in found if module[:2] != ("genkeras", "setup")]


found = setuptools.find_packages(
    include=[pattern for name in FOLDERS for pattern in (name, f"{name}.*")]
)
setuptools.setup(
    packages=["genkeras", *(f"genkeras.{name}" for name in found)],
    package_dir={"genkeras": "."},  # so that `genkeras.zoo` is `zoo/`
    cmdclass={"build_py": BuildPackage},
)
