"""A model that is added as CONTRIBUTING.md says touches those places and no others."""

import filecmp
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
LEFT_OUT = (".*", "__pycache__", "*.egg-info", "build", "dist", "saved_models", "docs")

MODEL = '''"""A flow that only shifts and scales."""

import keras

from ...layers.flows import DiagonalScaling
from .vector_flow import VectorFlow


@keras.saving.register_keras_serializable(package="genkeras")
class ToyFlow(VectorFlow):
    """Scales each feature.

    Reference:
        Nobody, 2026, https://example.org
    """

    def __init__(self, features, **kwargs):
        super().__init__(features, **kwargs)
        self.scaling = DiagonalScaling(dtype=self.dtype_policy)
        self._assemble()

    @property
    def flow_layers(self):
        return [self.scaling]
'''

TEST = '''"""What the toy flow promises."""

from contracts.models import TINY


def test_its_samples_are_normal():
    assert TINY["toy_flow"]().sample(3, seed=0).shape == (3, 2)
'''

RECIPE = '''"""A toy flow on toys."""

import dataclasses

from ....zoo.flows import ToyFlow
from ...data import load
from ...evaluation import evaluate_density


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result."""

    data: str = "moons"
    data_dir: str | None = None
    batch_size: int = 500
    epochs: int = 1
    seed: int = 0


SMOKE = Config()


def load_data(config: Config):
    return load(config.data, num_samples=1000, seed=config.seed)


def make_model(config: Config, data):
    model = ToyFlow(*data.event_shape, seed=config.seed)
    model.compile("adam")
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_density(model, data)
'''

# What a newcomer runs: the contracts of the new row, its own test, its recipe.
CHECKS = """
import os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, genkeras, test_project
from contracts import check_density, check_resume
from contracts.models import TINY
from genkeras.training import recipes

tiny = TINY["toy_flow"]
check_density(tiny, tiny.x)
check_resume(tiny)
recipe = recipes.load("toy_flow_toys")
assert recipe.train(recipe.SMOKE, "run", verbose=0)["test_nll"] > 0
path = next(p for p in test_project.FILES if p.stem == "toy_flow")
test_project.test_imports_point_down_and_pass_through_doors(path)
test_project.test_every_class_of_the_zoo_is_public_and_can_be_loaded(
    "genkeras.zoo.flows.toy_flow", "ToyFlow"
)
print("all hold, of", genkeras.__file__)
"""


def _listed():
    """The places of a new model in their order, of CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    section = text[text.index("## Add a model") : text.index("## Add a layer")]
    return re.findall(r"^\d+\. `([^`]+)`", section, flags=re.MULTILINE)


def _after(text, line, added):
    assert line in text
    return text.replace(line, line + added, 1)


def _add_the_model(copy):
    """Writes what CONTRIBUTING.md asks for."""
    for path, content in {
        "zoo/flows/toy_flow.py": MODEL,
        "tests/zoo/flows/test_toy_flow.py": TEST,
        "training/recipes/flows/toy_flow_toys.py": RECIPE,
    }.items():
        (copy / path).write_text(content)
    for path, line, added in (
        (
            "zoo/flows/__init__.py",
            "from .real_nvp import RealNVP\n",
            "from .toy_flow import ToyFlow\n",
        ),
        ("zoo/flows/__init__.py", "__all__ = [\n", '    "ToyFlow",\n'),
        ("zoo/__init__.py", "from .flows import (\n", "    ToyFlow,\n"),
        ("zoo/__init__.py", "__all__ = [\n", '    "ToyFlow",\n'),
        ("tests/contracts/models.py", "    RealNVP,\n", "    ToyFlow,\n"),
        (
            "tests/contracts/models.py",
            "DENSITIES = {\n",
            '    "toy_flow": Tiny(lambda **k: ToyFlow(2, **k), _normal(2)),\n',
        ),
        ("README.md", "|---|---|---|\n", "| `ToyFlow` | a toy | none |\n"),
    ):
        file = copy / path
        file.write_text(_after(file.read_text(), line, added))


def _touched(copy):
    """Files that differ from the repository's, or are new."""
    files = [p.relative_to(copy) for p in copy.rglob("*") if p.is_file()]
    return {
        str(path)
        for path in files
        if not (ROOT / path).exists()
        or not filecmp.cmp(ROOT / path, copy / path, shallow=False)
    }


@pytest.fixture
def copy(tmp_path):
    ignore = shutil.ignore_patterns(*LEFT_OUT)
    return shutil.copytree(ROOT, tmp_path / "genkeras", ignore=ignore)


def test_a_model_is_added_in_the_places_that_are_listed(copy, tmp_path):
    _add_the_model(copy)
    assert sorted(_listed()) == sorted(_touched(copy))
    paths = os.pathsep.join([str(tmp_path), str(copy / "tests")])
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", CHECKS],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"all hold, of {copy / '__init__.py'}"
