"""Every command that the pages show is one that genkeras takes."""

import json
import pathlib
import re
import shlex
import subprocess

import click
import pytest

from genkeras.training import recipes
from genkeras.training.commands import main

ROOT = pathlib.Path(__file__).parents[3]
PAGES = ["docs/training.md", "docs/serving.md"]
DEPLOY = sorted((ROOT / "docs/deploy").iterdir())


def _lines():
    for page in PAGES:
        for line in (ROOT / page).read_text().splitlines():
            if line.startswith("    genkeras "):
                yield line.partition("#")[0]
    for file in DEPLOY:
        text = file.read_text().replace("\\\n", " ").replace(" $resume", "")
        text = re.sub(r'"\$\w+"', "FOLDER", text)
        for match in re.finditer(r"(?<=exec |it=1 )genkeras train[^\n]*", text):
            yield match[0]
        args = re.search(r'args: (\["serve".*\])', text)
        if args:
            yield shlex.join(["genkeras", *json.loads(args[1])])


def _check(words):
    name, *rest = words
    command = main.commands[name]
    context = click.Context(command, info_name=name)
    command.make_parser(context).parse_args(list(rest))
    if name == "train":
        assert rest[0] in recipes.names()
    if name == "launch":
        _check(rest[rest.index("--") + 1 :])


@pytest.mark.parametrize("line", sorted(set(_lines())))
def test_a_shown_command_is_one(line):
    words = [w for w in shlex.split(line)[1:] if w not in ("\\",)]
    _check(words)


def test_all_kinds_of_pages_show_some():
    lines = " ".join(_lines())
    for shown in ("launch", "--strategy multiworker", "serve /mnt/models", "onnx"):
        assert shown in lines


def test_scripts_are_read_by_their_shell():
    subprocess.run(["bash", "-n", ROOT / "docs/deploy/slurm.sh"], check=True)


@pytest.mark.parametrize("file", [f for f in DEPLOY if f.suffix == ".yaml"])
def test_manifests_are_yaml_of_their_kind(file):
    yaml = pytest.importorskip("yaml")
    kinds = [document["kind"] for document in yaml.safe_load_all(file.read_text())]
    assert kinds in (["InferenceService"], ["Service", "Job"])
