"""Workers that are started, ended and started again."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from worker_processes import run_workers

from genkeras.training.commands.launch import _wait
from genkeras.training.run_folder import RunFolder

CODE = "from genkeras.training.commands import main; main()"
SETS = ("num_samples=3200", "hidden_units=8", "batch_size=32", "num_couplings=2")


def _words(folder, *options):
    sets = [f"--set={change}" for change in SETS]
    return ["train", "nice_toys", "--epochs", "3", "--workdir", str(folder), *sets,
            *options]  # fmt: skip


def _launch(folder, *options):
    words = ["launch", "--workers", "2", "--", *_words(folder, *options)]
    return subprocess.Popen(
        [sys.executable, "-c", CODE, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _weights(folder):
    return RunFolder.open(folder).load_model().get_weights()


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone") / "run"
    words = _words(folder, "--strategy", "one")
    subprocess.run([sys.executable, "-c", CODE, *words], check=True)
    return _weights(folder)


def _same(folder, alone):
    for got, wanted in zip(_weights(folder), alone, strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-5)


def _children(process):
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True
    )
    return [int(pid) for pid in listed.stdout.split()]


def _until(found, process, seconds=300):
    deadline = time.time() + seconds
    while not found():
        assert process.poll() is None, process.stderr.read()
        assert time.time() < deadline
        time.sleep(0.05)


def test_the_first_that_fails_ends_the_rest(monkeypatch):
    monkeypatch.setattr("genkeras.training.commands.launch._GRACE", 0.2)
    codes = ["import sys; sys.exit(3)", "import time; time.sleep(600)"]
    processes = [subprocess.Popen([sys.executable, "-c", code]) for code in codes]
    start = time.time()
    assert _wait(processes) == 3
    assert processes[1].poll() == -signal.SIGKILL
    assert time.time() - start < 60


@pytest.mark.slow
def test_two_workers_end_where_one_does(alone, tmp_path):
    process = _launch(tmp_path / "run")
    output, errors = process.communicate(timeout=500)
    assert process.returncode == 0, errors
    assert output.count("test_nll ") == 1  # the chief alone speaks
    _same(tmp_path / "run", alone)


@pytest.mark.slow
@pytest.mark.parametrize("victim", [0, 1])
def test_a_killed_worker_ends_all_and_all_resume(alone, victim, tmp_path):
    folder = tmp_path / "run"
    options = ["--checkpoint-minutes", "0.01"]
    process = _launch(folder, *options)
    _until(lambda: any(folder.glob("checkpoints/*.h5")), process)
    children = _children(process)
    os.kill(children[victim], signal.SIGKILL)
    _, errors = process.communicate(timeout=90)
    assert process.returncode != 0
    assert not any(pathlib.Path(f"/proc/{pid}").exists() for pid in children)
    process = _launch(folder, *options, "--resume")
    _, errors = process.communicate(timeout=500)
    assert process.returncode == 0, errors
    _same(folder, alone)


@pytest.mark.slow
def test_sigterm_saves_what_all_have_and_ends_them(alone, tmp_path):
    folder = tmp_path / "run"
    process = _launch(folder, "--checkpoint-minutes", "0.01")
    _until(lambda: any(folder.glob("checkpoints/*.h5")), process)
    process.terminate()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert errors.count("--resume") == 1
    process = _launch(folder, "--resume")
    _, errors = process.communicate(timeout=500)
    assert process.returncode == 0, errors
    _same(folder, alone)


@pytest.mark.slow
def test_srun_names_the_workers_too(alone, tmp_path):
    """As `srun` sets the environment of each task."""
    names = {"SLURM_STEP_NUM_TASKS": "2", "SLURM_STEP_NODELIST": "localhost",
             "SLURM_STEP_TASKS_PER_NODE": "2"}  # fmt: skip
    folder = tmp_path / "run"
    run_workers(2, "-c", CODE, *_words(folder, "--strategy", "auto"), slurm=names)
    _same(folder, alone)
