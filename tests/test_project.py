"""Promises of the project as a whole: rooms, wheel, import cost, saving, bounds."""

import ast
import compileall
import importlib
import inspect
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile

import keras
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import genkeras
from genkeras import zoo

ROOT = pathlib.Path(__file__).parents[1]
ROOMS = ("distributions", "layers", "zoo", "training")  # each may import those before
FILES = sorted(
    path.relative_to(ROOT) for room in ROOMS for path in (ROOT / room).rglob("*.py")
)
# The classifier whose features the metrics need offline, and the models that ship.
DATA_FILES = [
    *(
        pathlib.Path(f"training/metrics/mnist_classifier.{ending}")
        for ending in ("npz", "json", "md")
    ),
    *(
        path.relative_to(ROOT)
        for kind in ("model.keras", "*.json")
        for path in ROOT.glob(f"saved_models/*/{kind}")
    ),
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


# === Rooms ===
# From the ground up: a room imports from those above it in this list, by their doors.
# A file that stands in one of the four folders itself is a room of its own.
ORDER = [
    "distributions",
    "layers/replicas",
    "layers/blocks",
    "layers/networks",
    "layers/heads",
    "layers/causal",
    "layers/flows",
    "layers/couplings",
    "layers",
    "zoo/base",
    "zoo/flows",
    "zoo/autoregressive",
    "zoo/latent",
    "zoo/autoencoders",
    "zoo/games",
    "zoo/gans",
    "zoo/codecs",
    "zoo",
    "training/files",
    "training/pictures",
    "training/data",
    "training/metrics",
    "training/evaluation",
    "training/uses",
    "training/strategies",
    "training/schedules",
    "training/provenance",
    "training/run_folder",
    "training/train_options",
    "training/checkpoint",
    "training/step_log",
    "training/callbacks",
    "training/rehearsal",
    "training/trainer",
    "training/recipes",
    "training/ship",
    "training/serving",
    "training/commands",
    "training",
]


def room_of(parts):
    """The room that a module, as a path below `genkeras`, lies in."""
    return parts[0] if parts[0] == "distributions" else "/".join(parts[:2])


def imported(source, path):
    """Yields the modules of ours that a file imports, as paths below `genkeras`."""
    package = ("genkeras", *path.parent.parts)
    for node in ast.walk(ast.parse(source)):
        modules = []
        if isinstance(node, ast.Import):
            modules = [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            base += tuple(filter(None, (node.module or "").split(".")))
            # `from .. import recipes` names a room; `from ..blocks import MLP` none.
            names = [(*base, alias.name) for alias in node.names]
            modules = [n if _is_room(n[1:]) else base for n in names]
        for name in modules:
            if name[0] == "genkeras":
                yield name[1:]
            elif name[0] in ROOMS:  # in the checkout, but not where we are installed
                yield ("bare", *name)


def _is_room(parts):
    return "/".join(parts) in ORDER


def wrong_imports(source, path):
    """Yields what a file imports from above, past a door, or from the checkout."""
    own = path.parent.parts if path.stem == "__init__" else path.with_suffix("").parts
    here = room_of(own)
    for module in imported(source, path):
        there = room_of(module) if module else "genkeras"
        if module in ((), ("_backend",)) or there == here:
            continue
        up = there not in ORDER or ORDER.index(there) > ORDER.index(here)
        if up or there != "/".join(module):
            yield module


@pytest.mark.parametrize("path", FILES, ids=str)
def test_imports_point_down_and_pass_through_doors(path):
    assert list(wrong_imports((ROOT / path).read_text(), path)) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("layers/blocks/mlp.py", "from ...zoo.base import GenerativeModel"),
        ("layers/blocks/mlp.py", "from ... import zoo"),
        ("layers/blocks/mlp.py", "import genkeras.training.data as data"),
        ("layers/blocks/mlp.py", "from genkeras.zoo import VAE"),
        ("layers/blocks/mlp.py", "from genkeras import zoo"),
        ("layers/blocks/mlp.py", "def late():\n    from ...zoo import VAE"),
        ("zoo/latent/vae.py", "from distributions import level_logits"),
        ("layers/blocks/mlp.py", "from ..flows import FlowLayer"),
        ("layers/flows/flow_layer.py", "from ..blocks.mlp import MLP"),
        ("distributions/__init__.py", "from ..layers import MLP"),
        ("zoo/latent/vae.py", "from ...training.recipes.latent import vae"),
        ("zoo/base/density_model.py", "from ..flows import RealNVP"),
        ("training/data/toys.py", "from ..evaluation import game_values"),
        ("training/data/toys.py", "from ..metrics.mode_coverage import mode_coverage"),
    ],
)
def test_an_import_the_wrong_way_is_seen(path, source):
    assert len(list(wrong_imports(source, pathlib.Path(path)))) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("training/recipes/latent/vae.py", "from ....zoo.latent import VAE"),
        ("training/recipes/latent/vae.py", "from ...data import TOYS"),
        ("training/commands/demo.py", "from .. import recipes"),
        ("zoo/latent/vae.py", "from ..base import GenerativeModel"),
        ("zoo/latent/vae.py", "from .latent_variable_model import X"),
        ("zoo/gans/gan.py", "from ..games import Game"),
        ("layers/blocks/mlp.py", "from ..replicas import num_replicas"),
        ("layers/blocks/mlp.py", "import tensorflow.keras.layers, keras"),
    ],
)
def test_an_import_the_right_way_passes(path, source):
    assert list(wrong_imports(source, pathlib.Path(path))) == []


# === The wheel ===
@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy, so that the checkout stays clean."""
    source, out = (tmp_path_factory.mktemp(name) for name in ("source", "wheel"))
    left_out = (".*", "__pycache__", "*.egg-info", "build", "dist")
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
    want = [*FILES, *DATA_FILES, "__init__.py", "_backend.py", "_onednn.py", "py.typed"]
    assert files == {pathlib.PurePosixPath("genkeras", path) for path in want}


def test_the_installed_wheel_imports(wheel, tmp_path):
    target = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*command, "--target", target, wheel], check=True)
    code = (
        "import genkeras.zoo, genkeras.training.recipes\n"
        "from genkeras.training.metrics import mnist_features\n"
        "mnist_features()\n"
        "genkeras.zoo.RealNVP.from_preset('real_nvp_digits')\n"
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
before, start = libraries(), time.thread_time()
import genkeras.zoo
print(json.dumps([time.thread_time() - start, sorted(libraries() - before)]))
"""


def test_the_import_adds_little_to_what_it_stands_on():
    # Compiled once, as pip does where it installs: an environment may forbid the import
    # itself to keep what it compiled.
    for room in ROOMS:
        compileall.compile_dir(ROOT / room, quiet=1)
    # Of this thread alone, so that other work on the machine is not counted; 0.05
    # when written.
    seconds, added = json.loads(run(IMPORT_COST))
    assert seconds <= 0.3
    # What only data and training need stays out, however quick it is to load.
    assert set(added) <= {"genkeras", *sys.stdlib_module_names}


def test_the_package_alone_loads_no_library():
    code = (
        "import sys, genkeras\n"
        "print(genkeras.__version__, {'keras', 'tensorflow'} & set(sys.modules))\n"
    )
    assert run(code) == f"{PROJECT['project']['version']} set()"


def test_the_package_hands_out_its_doors():
    assert genkeras.zoo is zoo
    assert {*ROOMS, "__version__"} <= set(dir(genkeras))
    with pytest.raises(AttributeError, match="has no attribute 'zooo'"):
        _ = genkeras.zooo


@pytest.mark.parametrize("door", ["distributions", "layers", "zoo", "training.data"])
def test_another_backend_is_refused_at_every_door(door):
    # Whether it is installed or not: Keras itself is not imported.
    code = (
        "import os, sys\n"
        "os.environ['KERAS_BACKEND'] = 'jax'\n"
        "try:\n"
        f"    import genkeras.{door}\n"
        "except ImportError as error:\n"
        "    print(error, 'keras' in sys.modules)\n"
    )
    says = run(code)
    assert "Received: the backend 'jax'" in says
    assert "Set KERAS_BACKEND=tensorflow" in says
    assert says.endswith("False")


def test_a_keras_that_runs_on_another_backend_is_refused():
    # Keras is only said to run on JAX, since JAX need not be installed here.
    code = (
        "import keras\n"
        "keras.config.backend = lambda: 'jax'\n"
        "try:\n"
        "    import genkeras.zoo\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    assert "Received: the backend 'jax'" in run(code)


# === Classes ===
def public_classes(path):
    body = ast.parse((ROOT / path).read_text()).body
    nodes = [node for node in body if isinstance(node, ast.ClassDef)]
    return [node.name for node in nodes if not node.name.startswith("_")]


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (".".join(["genkeras", *path.with_suffix("").parts]), name)
        for path in FILES
        if path.parts[0] == "zoo"
        for name in public_classes(path)
    ],
)
def test_every_class_of_the_zoo_is_public_and_can_be_loaded(module, name):
    kind = getattr(importlib.import_module(module), name)
    assert getattr(zoo, name) is kind
    assert name in zoo.__all__
    if hasattr(kind, "get_config") and not inspect.isabstract(kind):
        assert keras.saving.get_registered_name(kind) == f"genkeras>{name}"
        assert keras.saving.get_registered_object(f"genkeras>{name}") is kind


@pytest.mark.parametrize("path", FILES, ids=str)
def test_one_public_class_to_a_short_file(path):
    # A few lines each, and read side by side.
    shared = {
        pathlib.Path("zoo/games/games.py"),
        pathlib.Path("zoo/games/regularizers.py"),
        pathlib.Path("training/callbacks.py"),
    }
    # An error stands beside the only class that raises it.
    classes = [name for name in public_classes(path) if not name.endswith("Error")]
    assert len(classes) <= 1 or path in shared
    # The base absorbs every trap of the stack, and is read as one list of them.
    limit = 600 if path == pathlib.Path("zoo/base/generative_model.py") else 400
    assert len((ROOT / path).read_text().splitlines()) <= limit


def snake_case(name):
    """`RealNVP` is `real_nvp`, `GatedPixelCNN` `gated_pixel_cnn`."""
    words = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", words).lower()


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_class_stands_in_the_file_of_its_name(path):
    together = {"games", "regularizers", "callbacks"}
    names = [n for n in public_classes(path) if not n.endswith(("Error", "Config"))]
    for name in names if path.stem not in together else []:
        # Names of systems are written as their papers do: ResNet, UNet, WGAN-GP.
        # A table of its instances gives a file the plural.
        wanted = snake_case(name).replace("_", "")
        assert path.stem.replace("_", "") in (wanted, f"{wanted}s")


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
