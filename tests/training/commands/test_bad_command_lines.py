"""Command lines that cannot work: one line each, and nothing left behind."""

import json
import random
import zipfile

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from genkeras.training.commands import main


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder of files that are none of what they seem."""
    place = tmp_path_factory.mktemp("place")
    rng = np.random.default_rng(0)
    np.save(place / "fine.npy", rng.normal(size=(50, 2)))
    whole = (place / "fine.npy").read_bytes()
    (place / "cut.npy").write_bytes(whole[:300])
    (place / "text.npy").write_text("a,b\n1,2\n")
    (place / "empty.npy").write_bytes(b"")
    (place / "empty.NPZ").write_bytes(b"")
    huge = "{'descr': '<f8', 'fortran_order': False, 'shape': (2000000000000,), }"
    header = huge.ljust(117) + "\n"
    (place / "huge.npy").write_bytes(b"\x93NUMPY\x01\x00v\x00" + header.encode())
    for key in ("x", "train"):  # the same inside an archive
        with zipfile.ZipFile(place / f"huge-{key}.npz", "w") as file:
            file.writestr(f"{key}.npy", (place / "huge.npy").read_bytes())
    np.save(place / "objects.npy", np.array([{}, []], object), allow_pickle=True)
    np.save(place / "text-array.npy", np.array([["a"], ["b"]]))
    np.save(place / "complex.npy", np.ones([50, 2], complex))
    np.save(place / "nan.npy", np.full([50, 2], np.nan))
    np.save(place / "far.npy", np.full([50, 2], 1e300))
    np.save(place / "one.npy", np.ones([1, 2]))
    np.save(place / "none.npy", np.ones([0, 2]))
    np.save(place / "scalar.npy", np.float64(3.0))
    np.savez(place / "keys.npz", a=np.ones([5, 2]))
    np.savez(place / "y.npz", x=np.ones([50, 2]), y=np.ones([7], int))
    (place / "rows.csv").write_text("a,b\n1,2\n")
    (place / "no-pictures").mkdir()
    (place / "few").mkdir()
    Image.new("RGB", (4, 4)).save(place / "few" / "a.png")
    (place / "bad").mkdir()
    for i in range(12):
        (place / "bad" / f"{i}.png").write_bytes(b"\x89PNG no more")
    for name, text in _RUNS.items():
        (place / "runs" / name).mkdir(parents=True)
        if text is not None:
            (place / "runs" / name / "config.json").write_text(text)
    return place


_NAME = {"recipe": "nice_toys", "config": {}, "picture": None}
_RUNS = {
    "nothing": None,
    "empty": "",
    "list": "[]",
    "null": "null",
    "no-keys": "{}",
    "bytes": "\x00\x01",
    "path": json.dumps({**_NAME, "recipe": "../../os"}),
    "module": json.dumps({**_NAME, "recipe": "os"}),
    "number": json.dumps({**_NAME, "recipe": 3}),
    "unfinished": json.dumps(_NAME),
    "epochs": json.dumps({**_NAME, "config": {"epochs": "many"}}),
    "deep": "[" * 100_000,
}

_DATA = [
    "./imgs", "imgs", "imgs/train", "~/imgs", "..\\imgs", "a b", "x" * 300, "", ".",
    "mnitst", "digitz", "mnist:9.9.9", "mnist/x", "https://a.b/c.zip", "nul\x00l", "é",
    "no.npz", "no.NPZ", "no.csv", "{p}/rows.csv", "{p}/cut.npy", "{p}/text.npy",
    "{p}/empty.npy", "{p}/empty.NPZ", "{p}/huge.npy", "{p}/huge-x.npz",
    "{p}/huge-train.npz", "{p}/objects.npy", "{p}/text-array.npy", "{p}/complex.npy",
    "{p}/nan.npy", "{p}/far.npy", "{p}/one.npy", "{p}/none.npy", "{p}/scalar.npy",
    "{p}/keys.npz", "{p}/y.npz", "{p}/no-pictures", "{p}/few", "{p}/bad", "/dev/null",
]  # fmt: skip
_SETTINGS = [
    "batch_size=0", "batch_size=-1", "batch_size=1e3", "batch_size=many", "batch_size=",
    "batch_size", "=3", "epochs=0", "seed=-1", "seed=x", "learning_rate=nan", "a=1",
    "learning_rate=0", "learning_rate=-1", "learning_rate=inf", "batch_size=10000000",
    "hidden_units=0", "hidden_units=a", "hidden_units=8;8", "num_couplings=0",
    "num_couplings=-2", "num_samples=0", "num_samples=3", "num_samples=1.5",
    "Batch_size=3", "__class__=3", "batch_size=9" + "9" * 400,
]  # fmt: skip
_IMAGE_SETTINGS = [
    "image_size=0", "image_size=-3", "image_size=a", "image_size=9,9,9", "fit=squash",
    "image_size=1000000", "held_out=-1", "held_out=99999", "image_size=16",
]  # fmt: skip
_LABELLED = ["moons", "{p}/fine.npy"]
_OPTIONS = [
    ["--epochs", "0"], ["--epochs", "-3"], ["--epochs", "x"], ["--seed", "x"],
    ["--strategy", "tpu"], ["--strategy", "cpu:0"], ["--strategy", "gpu:99"],
    ["--strategy", ""], ["--workdir"], ["--set"], ["--nonsense"], ["extra"],
    ["--data-dir", "no/folder", "--data", "mnist"], ["--resume"], ["--seed", "-1"],
    ["--workdir", "{p}/fine.npy"], ["--workdir", "{p}/few"], ["--workdir", "/proc/x"],
]  # fmt: skip
_RUN_COMMANDS = [["sample"], ["evaluate"], ["export", "{o}"], ["sample", "--num", "0"]]
_SAMPLE_OPTIONS = [
    ["--num", "-1"], ["--num", "x"], ["--out", "a.doc"], ["--out", "a"], ["--out", ""],
    ["--seed", "x"], ["--prompt"], ["--num", "99999999999999"],
]  # fmt: skip


def _lines():
    """Every kind of command line, in an order that mixes them."""
    toys = ["train", "nice_toys"]
    lines = [[], ["tain"], ["--nonsense"], ["train"], ["sample"], ["export", "a"]]
    names = ("nice", "../nice_toys", "", "os", "nice_toys.py", "NICE_TOYS", "__init__")
    lines += [["train", name] for name in names]
    lines += [[*toys, "--data", data] for data in _DATA if data != "."]
    lines += [["train", "dcgan_mnist", "--data", data] for data in _DATA]
    lines += [[*toys, "--set", change] for change in _SETTINGS]
    images = ["train", "vae_digits", "--set"]
    lines += [[*images, change] for change in _IMAGE_SETTINGS]
    for recipe in ("conditional_gan_mnist", "conditional_vae_images", "dcgan_mnist"):
        lines += [["train", recipe, "--data", data] for data in _LABELLED]
    for recipe in ("cycle_gan_digits_edges", "pix2pix_digits_edges"):
        sources = ("{p}/few", "{p}/bad", "no", "{p}/fine.npy", "moons")
        lines += [
            ["train", recipe, "--data", "digits", "--set", f"sources={s}"]
            for s in sources
        ]
    lines += [[*toys, *option] for option in _OPTIONS]
    runs = ["no/run", "{p}/fine.npy", *(f"{{p}}/runs/{name}" for name in _RUNS)]
    for command, *rest in _RUN_COMMANDS:
        lines += [[command, run, *rest] for run in runs]
    lines += [
        [*toys, "--resume", "--workdir", run]
        for run in runs
        if not run.endswith("unfinished")  # that one can be gone on with
    ]
    lines += [["sample", "no/run", *option] for option in _SAMPLE_OPTIONS]
    pairs = random.Random(0)
    while len(lines) < 300:  # two mistakes at once
        data, change = pairs.choice(_DATA[:-1]), pairs.choice(_SETTINGS)
        recipe = pairs.choice(["nice_toys", "vae_digits", "real_nvp_mnist"])
        lines.append(["train", recipe, "--data", data or "no", "--set", change])
    pairs.shuffle(lines)
    return lines


_LINES = _lines()


def _check(line, place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out"
    words = [word.replace("{p}", str(place)).replace("{o}", str(out)) for word in line]
    before = {p: p.stat().st_mtime_ns for p in place.rglob("*")}
    done = CliRunner().invoke(main, words)
    message = f"{words}: {done.output}"
    assert done.exit_code not in (0, None), message
    assert isinstance(done.exception, SystemExit), message
    errors = [text for text in done.output.splitlines() if text.startswith("Error: ")]
    if words:  # alone, the command prints its help
        assert len(errors) == 1, message
        assert len(errors[0]) < 2500, message
    assert "Traceback" not in done.output, message
    assert "(see genkeras --traceback" not in done.output, message
    left = [p for p in tmp_path.rglob("*") if p.name != "place"]
    assert not left, (message, left)
    assert {p: p.stat().st_mtime_ns for p in place.rglob("*")} == before, message


@pytest.mark.parametrize("line", _LINES[:60], ids=lambda line: " ".join(line)[:60])
def test_a_bad_command_line_is_one_line(line, place, tmp_path, monkeypatch):
    _check(line, place, tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("line", _LINES[60:], ids=lambda line: " ".join(line)[:60])
def test_all_bad_command_lines_are_one_line(line, place, tmp_path, monkeypatch):
    _check(line, place, tmp_path, monkeypatch)
