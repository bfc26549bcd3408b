"""The command line as a user meets it: what it writes, and one line for a mistake."""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner

from genkeras.training.commands import main


def _call(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "nice"
    done = _call(
        "train", "nice_toys", "--epochs", 1, "--seed", 3, "--workdir", folder,
        "--set", "num_samples=64", "--set", "hidden_units=8", "--set", "batch_size=32",
        "--set", "num_couplings=2",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "above_entropy" in done.output
    assert not re.search(r"[\x08\x1b\r]", done.output)  # no bar through a pipe
    return folder


def test_list_names_models_papers_and_recipes():
    lines = _call("list").output.splitlines()
    (row,) = [line for line in lines if line.split()[:1] == ["RealNVP"]]
    assert row.endswith("https://arxiv.org/abs/1605.08803")
    assert any(line.split()[:1] == ["wgan_gp_digits"] for line in lines)


def test_train_writes_what_it_was_asked(run):
    config = json.loads((run / "config.json").read_text())["config"]
    assert (config["seed"], config["epochs"], config["hidden_units"]) == (3, 1, [8])


def test_sample_evaluate_and_export(run, tmp_path):
    assert _call("sample", run, "--num", 5, "--out", tmp_path / "a.png").exit_code == 0
    assert tf.io.decode_png((tmp_path / "a.png").read_bytes()).shape[-1] == 3
    assert _call("sample", run, "--num", 5, "--out", tmp_path / "a.npy").exit_code == 0
    assert np.load(tmp_path / "a.npy").shape == (5, 2)
    printed = _call("evaluate", run).output
    stored = json.loads((run / "result.json").read_text())["metrics"]
    assert f"{stored['test_nll']:.4g}" in printed
    for version in ("1", "2"):
        assert _call("export", run, tmp_path / "served").exit_code == 0
        assert (tmp_path / "served/nice_toys" / version / "saved_model.pb").exists()


def test_a_relative_path_is_kept_whole(tmp_path, monkeypatch):
    from genkeras.training.commands.settings import with_whole_paths
    from genkeras.training.recipes import load

    monkeypatch.chdir(tmp_path)
    for name in ("photos", "digits"):
        (tmp_path / name).mkdir()
    config = load("cycle_gan_digits_edges").Config(data="photos", sources="gone")
    kept = with_whole_paths(config)
    assert (kept.data, kept.sources) == (str(tmp_path / "photos"), "gone")
    assert with_whole_paths(load("vae_digits").Config()).data == "digits"  # a name


def test_resume_takes_the_run_s_own_config(run):
    assert _call("train", "nice_toys", "--workdir", run, "--resume").exit_code == 0
    other = _call("train", "nice_toys", "--workdir", run, "--resume", "--seed", 4)
    assert "seed was 3 and is now 4" in other.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["train", "real_nvq"], "Recipes are .*Received: 'real_nvq'"),
        (["train", "nice_toys", "--data", "muons"], "no data set 'muons'"),
        (["train", "nice_toys", "--data", "mnist", "--data-dir", "/no"], "data folder"),
        (["train", "nice_toys", "--set", "batch_size=10000000"], "cannot be larger"),
        (["train", "nice_toys", "--set", "depth=3"], "Received: 'depth'"),
        (["train", "nice_toys", "--set", "batch_size=many"], "Received: 'many'"),
        (["train", "nice_toys", "--set", "batch_size"], "NAME=VALUE"),
        (["train", "nice_toys", "--strategy", "tpu"], "Received: 'tpu'"),
        (["train", "vae_digits", "--data", "moons"], "moons is continuous"),
        (["train", "wasserstein_tracking", "--set", "game=tag"], "Received: 'tag'"),
        (["train", "parallel_lines", "--set", "thetas=0"], r"Received: \(0.0,\)"),
        (["train", "truncation_mnist", "--set", "run=no/run"], "not the folder of"),
        (["train", "adversarial_mixtures", "--data", "moons"], "Mixtures are"),
        (["train", "nice_toys", "--resume"], "not the folder of a run"),
        (["sample", "no/run"], "not the folder of a run"),
        (["evaluate", "no/run"], "not the folder of a run"),
        (["export", "no/run", "out"], "not the folder of a run"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(
    arguments, says, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    _fails_in_one_line(arguments, says)
    assert not list(tmp_path.iterdir())


def _fails_in_one_line(arguments, says):
    done = _call(*arguments)
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    (line,) = done.output.splitlines()
    assert line.startswith("Error: ")
    assert re.search(says, line), line


def test_an_unwritable_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    arguments = ["train", "nice_toys", "--set", "num_samples=500"]
    _fails_in_one_line(
        [*arguments, "--workdir", tmp_path / "file" / "run"], "cannot be written"
    )


def test_an_unfinished_run_has_no_samples(tmp_path):
    from genkeras.training import recipes
    from genkeras.training.run_folder import RunFolder

    RunFolder.create(tmp_path, "nice_toys", recipes.load("nice_toys").SMOKE, None)
    arguments = ["sample", tmp_path, "--out", tmp_path / "x.npy"]
    _fails_in_one_line(arguments, "has not finished")


def test_sigterm_leaves_a_run_that_can_be_resumed(tmp_path):
    genkeras = pathlib.Path(sys.executable).parent / "genkeras"
    options = ["num_samples=64", "hidden_units=8", "batch_size=32", "num_couplings=2"]
    command = [genkeras, "train", "nice_toys", "--workdir", tmp_path / "run"]
    command += ["--epochs", "100000", *(f"--set={option}" for option in options)]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ
    )
    try:
        deadline = time.time() + 120
        while not list(tmp_path.glob("run/checkpoints/epoch-*")):
            assert process.poll() is None, process.stderr.read()
            assert time.time() < deadline
            time.sleep(0.1)
        process.terminate()
        _, errors = process.communicate(timeout=30)  # what schedulers wait
    finally:
        process.kill()  # or a failure would leave it training
        process.communicate()
    assert process.returncode == 130
    assert "--resume" in errors.decode()
    assert "Traceback" not in errors.decode()
