"""No two classes are registered with Keras by one name: it keeps the last, silently."""

import ast
import collections
import importlib
import pathlib

import keras
import pytest

ROOT = pathlib.Path(__file__).parents[1]
FOLDERS = ("distributions", "layers", "zoo", "training")


def registered(source):
    """Yields `package>Name` of each class that a file registers."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ClassDef):
            continue
        for decorator in node.decorator_list:
            name = ast.unparse(decorator)
            if "register_keras_serializable" in name:
                given = {k.arg: ast.literal_eval(k.value) for k in decorator.keywords}
                yield f"{given['package']}>{given.get('name', node.name)}"


def repeated(sources):
    counts = collections.Counter(n for source in sources for n in registered(source))
    return sorted(name for name, count in counts.items() if count > 1)


def test_registered_names_are_unique():
    paths = [p for folder in FOLDERS for p in (ROOT / folder).rglob("*.py")]
    names = [name for path in paths for name in registered(path.read_text())]
    assert len(names) > 50
    assert repeated(path.read_text() for path in paths) == []


def test_a_name_that_is_taken_twice_is_seen():
    head = '@keras.saving.register_keras_serializable(package="genkeras"'
    one, other = f"{head})\nclass MADE: ...", f'{head}, name="MADE")\nclass Masked: ...'
    assert repeated([one, other]) == ["genkeras>MADE"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_registered_name_gives_its_own_class(folder):
    for path in (ROOT / folder).rglob("*.py"):
        names = list(registered(path.read_text()))
        if names:
            parts = path.relative_to(ROOT).with_suffix("").parts
            importlib.import_module(".".join(("genkeras", *parts)))
        for name in names:
            kind = keras.saving.get_registered_object(name)
            assert kind.__module__ == ".".join(("genkeras", *parts)), name
