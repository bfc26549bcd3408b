"""Promises of the project as a whole: rooms, wheel, import cost, saving, bounds."""

import ast
import importlib
import inspect
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tomllib
import zipfile

import keras
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from genkeras import zoo

ROOT = pathlib.Path(__file__).parents[1]
ROOMS = ("distributions", "layers", "zoo", "training")  # each may import those before
FILES = sorted(
    path.relative_to(ROOT) for room in ROOMS for path in (ROOT / room).rglob("*.py")
)
# The classifier whose features the metrics need offline.
DATA_FILES = [
    pathlib.Path(f"training/metrics/mnist_classifier.{ending}")
    for ending in ("npz", "json", "md")
]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def run(code, *, path=None, cwd=None):
    """Runs Python code in a new process, and returns its last line."""
    environment = dict(os.environ)
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(
        command, env=environment, cwd=cwd, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


# === Imports point one way ===
def imported(source, path):
    """Yields the dotted names that a file imports, relative ones made absolute."""
    package = ("genkeras", *path.parent.parts)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = (*base, *filter(None, [node.module]))
            # The name may be a module too: `from .. import zoo`.
            yield from (".".join((*module, alias.name)) for alias in node.names)


def wrong_imports(source, path):
    allowed = ROOMS[: ROOMS.index(path.parts[0]) + 1]
    for name in imported(source, path):
        top, room, *_ = [*name.split("."), ""]
        # A bare `layers` is found in the checkout, but not where we are installed.
        if top in ROOMS or (top == "genkeras" and room not in allowed):
            yield name


@pytest.mark.parametrize("path", FILES, ids=str)
def test_imports_point_one_way(path):
    assert list(wrong_imports((ROOT / path).read_text(), path)) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("layers/mlp.py", "from ..zoo.base import GenerativeModel"),
        ("layers/mlp.py", "from .. import zoo"),
        ("layers/mlp.py", "import genkeras.training.toys as toys"),
        ("layers/mlp.py", "from genkeras.zoo import VAE"),
        ("layers/mlp.py", "from genkeras import zoo"),
        ("layers/mlp.py", "def late():\n    from ..zoo import VAE"),
        ("layers/mlp.py", "from distributions import level_logits"),
        ("distributions/__init__.py", "from ..layers import MLP"),
        ("zoo/vae.py", "from ..training.recipes import vae"),
    ],
)
def test_an_import_the_wrong_way_is_seen(path, source):
    assert len(list(wrong_imports(source, pathlib.Path(path)))) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("training/recipes/vae.py", "from ...zoo import VAE"),
        ("training/recipes/vae.py", "from ..toys import TOYS"),
        ("zoo/vae.py", "from .base import GenerativeModel"),
        ("layers/mlp.py", "import tensorflow.keras.layers, keras"),
    ],
)
def test_an_import_the_right_way_passes(path, source):
    assert list(wrong_imports(source, pathlib.Path(path))) == []


# === The wheel ===
@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy, so that the checkout stays clean."""
    source, out = (tmp_path_factory.mktemp(name) for name in ("source", "wheel"))
    left_out = (".*", "__pycache__", "*.egg-info", "build", "dist", "saved_models")
    ignore = shutil.ignore_patterns(*left_out)
    shutil.copytree(ROOT, source, dirs_exist_ok=True, ignore=ignore)
    # Isolated: the environment may have an older setuptools than the build asks for.
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", out, source]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = out.iterdir()
    return path


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    names = [pathlib.PurePosixPath(n) for n in zipfile.ZipFile(wheel).namelist()]
    version = PROJECT["project"]["version"]
    tops = {name.parts[0] for name in names}
    assert tops == {"genkeras", f"genkeras-{version}.dist-info"}
    files = {name for name in names if name.parts[0] == "genkeras"}
    want = [*FILES, *DATA_FILES]
    assert files == {pathlib.PurePosixPath("genkeras", path) for path in want}
    packages = {".".join(file.parent.parts) for file in files}
    assert packages == {
        "genkeras.distributions",
        "genkeras.layers",
        "genkeras.zoo",
        "genkeras.training",
        "genkeras.training.metrics",
        "genkeras.training.recipes",
    }


def test_the_installed_wheel_imports(wheel, tmp_path):
    target = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*command, "--target", target, wheel], check=True)
    code = (
        "import genkeras.zoo, genkeras.training.recipes\n"
        "from genkeras.training.metrics import mnist_features\n"
        "mnist_features()\n"
        "print([m.__file__ for m in (genkeras.zoo, genkeras.training.recipes)])"
    )
    found = ast.literal_eval(run(code, path=target, cwd=tmp_path))
    assert all(pathlib.Path(file).is_relative_to(target) for file in found)


# === Importing ===
IMPORT_COST = """
import json, sys, time
import keras, tensorflow, tensorflow_probability as tfp
# TFP loads itself on first use: without these two it would be counted as ours.
tfp.distributions.Normal, tfp.bijectors.Exp
libraries = lambda: {name.split(".")[0] for name in sys.modules}
before = libraries()
start = time.perf_counter()
import genkeras.zoo
seconds = time.perf_counter() - start
print(json.dumps([seconds, sorted(libraries() - before)]))
"""


def test_the_import_adds_little_to_what_it_stands_on():
    limit = 0.3  # seconds; 0.02 when written
    seconds, added = json.loads(run(IMPORT_COST))
    if seconds > limit:  # once more: the machine may have been busy
        seconds = json.loads(run(IMPORT_COST))[0]
    assert seconds <= limit
    # What only data and training need stays out, however quick it is to load.
    assert set(added) <= {"genkeras", *sys.stdlib_module_names}


def test_another_backend_is_refused_on_import():
    # Keras is only said to run on JAX, since JAX need not be installed here.
    code = (
        "import keras\n"
        "keras.config.backend = lambda: 'jax'\n"
        "try:\n"
        "    import genkeras.zoo\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    says = run(code)
    assert "Received: keras.config.backend()='jax'" in says
    assert "Set KERAS_BACKEND=tensorflow" in says


# === Classes ===
def public_classes(path):
    body = ast.parse((ROOT / path).read_text()).body
    nodes = [node for node in body if isinstance(node, ast.ClassDef)]
    return [node.name for node in nodes if not node.name.startswith("_")]


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (f"genkeras.zoo.{path.stem}", name)
        for path in FILES
        if path.parts[0] == "zoo"
        for name in public_classes(path)
    ],
)
def test_every_class_of_the_zoo_is_public_and_can_be_loaded(module, name):
    kind = getattr(importlib.import_module(module), name)
    assert getattr(zoo, name) is kind
    assert name in zoo.__all__
    # What these bases want of a subclass are attributes, which abc cannot ask for.
    bases = (zoo.AdversarialModel, zoo.DenseGAN)
    if not inspect.isabstract(kind) and kind not in bases:
        assert keras.saving.get_registered_name(kind) == f"genkeras>{name}"
        assert keras.saving.get_registered_object(f"genkeras>{name}") is kind


@pytest.mark.parametrize("path", FILES, ids=str)
def test_one_public_class_to_a_short_file(path):
    # A few lines each, and read side by side.
    shared = {
        pathlib.Path("zoo/games.py"),
        pathlib.Path("zoo/regularizers.py"),
        pathlib.Path("training/callbacks.py"),
    }
    # An error stands beside the only class that raises it.
    classes = [name for name in public_classes(path) if not name.endswith("Error")]
    assert len(classes) <= 1 or path in shared
    # The base absorbs every trap of the stack, and is read as one list of them.
    limit = 600 if path == pathlib.Path("zoo/base.py") else 400
    assert len((ROOT / path).read_text().splitlines()) <= limit


# === Versions ===
def unbounded(requirement):
    """Which ends of a requirement are open."""
    operators = {s.operator for s in Requirement(requirement).specifier}
    ends = {"lower": {">=", ">"}, "upper": {"<", "<="}}
    fixed = {"==", "~=", "==="}
    return [end for end, kinds in ends.items() if not operators & (kinds | fixed)]


REQUIREMENTS = [
    *PROJECT["build-system"]["requires"],
    *PROJECT["project"]["dependencies"],
    *itertools.chain(*PROJECT["project"]["optional-dependencies"].values()),
]


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_every_dependency_is_bounded_at_both_ends(requirement):
    assert unbounded(requirement) == []


def test_the_python_version_is_bounded_at_both_ends():
    versions = SpecifierSet(PROJECT["project"]["requires-python"])
    assert {s.operator for s in versions} == {">=", "<"}


@pytest.mark.parametrize(
    ("requirement", "ends"),
    [
        ("numpy", ["lower", "upper"]),
        ("numpy>=2; python_version < '4'", ["upper"]),
        ("tensorflow[and-cuda]<3", ["lower"]),
        ("numpy!=2.1,>=2,<3", []),
        ("numpy~=2.1", []),
    ],
)
def test_an_open_end_is_seen(requirement, ends):
    assert unbounded(requirement) == ends
