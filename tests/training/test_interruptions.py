"""A run that is cut off anywhere ends where the uninterrupted one does."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
import tensorflow as tf

from genkeras.training import recipes
from genkeras.training.checkpoint import Checkpoint
from genkeras.training.data import load, prepare, training_batches
from genkeras.training.run_folder import RunError, RunFolder
from genkeras.training.train_options import TrainOptions
from genkeras.zoo import VAE, RealNVP
from genkeras.zoo.base import TrainingStoppedError

# A tiny run of each family: two epochs, with some noise in every step.
RUNS = {
    "nice_toys": ("num_samples=3200", "batch_size=16", "hidden_units=8"),
    "vae_digits": ("batch_size=16",),
    "wgan_gp_digits": ("batch_size=80",),
}


def _command(recipe, folder, *options):
    code = "from genkeras.training.commands import main; main()"
    sets = [f"--set={change}" for change in RUNS[recipe]]
    return [sys.executable, "-c", code, "train", recipe, "--epochs", "2",
            "--workdir", str(folder), *sets, *options]  # fmt: skip


def _start(command):
    # A shell's background jobs ignore Ctrl-C, and hand that on to their children.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ
    )
    signal.signal(signal.SIGINT, before)
    return process


def _weights(folder):
    return RunFolder.open(folder).load_model().get_weights()


def _run(recipe, folder):
    subprocess.run(_command(recipe, folder), check=True, capture_output=True)
    return _weights(folder)


def _kill_and_resume(recipe, folder, rng, kills):
    """Kills a run after some of its checkpoints, and goes on until it is whole."""
    options = ["--checkpoint-minutes", "0.002"]
    for _ in range(kills):
        again = ["--resume"] if (folder / "config.json").exists() else []
        process = _start(_command(recipe, folder, *options, *again))
        _wait_for(process, lambda: any(folder.glob("checkpoints/*.h5")))
        time.sleep(rng.uniform(0.0, 3.0))
        process.kill()
        process.communicate()
    process = _start(_command(recipe, folder, *options, "--resume"))
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors.decode()


def _wait_for(process, done, seconds=200):
    deadline = time.time() + seconds
    while not done() and process.poll() is None:
        assert time.time() < deadline
        time.sleep(0.02)


def _check_killed(recipe, tmp_path, kills):
    wanted = _run(recipe, tmp_path / "whole")
    folder = tmp_path / "killed"
    _kill_and_resume(recipe, folder, np.random.default_rng(0), kills)
    for got, value in zip(_weights(folder), wanted, strict=True):
        np.testing.assert_array_equal(got, value)
    whole, killed = (RunFolder.open(tmp_path / n).lines() for n in ("whole", "killed"))
    for line, again in zip(whole, killed, strict=True):
        assert again["loss"] == pytest.approx(line["loss"], rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("recipe", "kills"), [("nice_toys", 50), ("vae_digits", 5), ("wgan_gp_digits", 5)]
)
def test_killed_at_random_a_run_ends_where_it_would_have(recipe, kills, tmp_path):
    _check_killed(recipe, tmp_path, kills)


# === Within this process ===
class _CutOff(keras.callbacks.Callback):
    """Ends a run at a step of all its steps, as a kill would; or sends it a signal."""

    step_counts = ()

    def __init__(self, step, number=None):
        super().__init__()
        self.left, self.number = step, number

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0 and self.number is None:
            raise KilledHere
        if self.left == 0:
            os.kill(os.getpid(), self.number)


class KilledHere(Exception):
    pass


@pytest.fixture(scope="module")
def digits():
    return prepare(load("digits"), "unit", binarize="dynamic", flatten=False)


EPOCHS = 3


def _vae():
    keras.utils.set_random_seed(0)
    model = VAE((8, 8, 1), 2, hidden_units=(4,), seed=0)
    model.compile(keras.optimizers.Adam(0.01), jit_compile=False)
    return model


def _train(digits, folder, *callbacks, minutes=None):
    model = _vae()
    checkpoint = Checkpoint(folder, minutes=minutes)
    first_epoch = checkpoint.restore(model)
    data = training_batches(
        digits,
        32,
        seed=0,
        epochs=EPOCHS,
        first_epoch=first_epoch,
        first_step=checkpoint.first_step,
    )
    steps = len(digits.x["train"]) // 32
    lines = []
    log = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: lines.append((epoch, logs["loss"]))
    )
    with checkpoint.on_signals():
        model.fit(
            data,
            epochs=EPOCHS,
            initial_epoch=first_epoch,
            steps_per_epoch=steps,
            callbacks=[*callbacks, log, checkpoint],
            verbose=0,
        )
    return model, dict(lines)


@pytest.fixture(scope="module")
def whole(digits, tmp_path_factory):
    return _train(digits, tmp_path_factory.mktemp("whole"))


def _same_end(run, whole):
    (model, lines), (other, other_lines) = run, whole
    for got, wanted in zip(model.variables, other.variables, strict=True):
        np.testing.assert_array_equal(got, wanted, err_msg=wanted.path)
    for epoch, loss in lines.items():
        assert loss == pytest.approx(other_lines[epoch], rel=1e-6)


def test_killed_within_epochs_it_goes_on_from_the_step(digits, whole, tmp_path):
    """Every step writes a checkpoint; twice it is killed at the next one."""
    for step in (20, 50):
        with pytest.raises(KilledHere):
            _train(digits, tmp_path, _CutOff(step), minutes=1e-9)
    names = sorted(p.name for p in tmp_path.glob("*.h5"))
    whole_steps = 19 + 49
    epoch, step = divmod(whole_steps, len(digits.x["train"]) // 32)
    assert names[-1] == f"epoch-{epoch:04d}-step-{step:08d}.weights.h5"
    _same_end(_train(digits, tmp_path), whole)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_saves_after_the_step(digits, whole, tmp_path, number):
    # Started in a shell's background, pytest would ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt):
        _train(digits, tmp_path, _CutOff(30, number))
    assert signal.getsignal(number) == before
    assert [p.name for p in tmp_path.glob("*.h5")] == [
        "epoch-0000-step-00000030.weights.h5"
    ]
    _same_end(_train(digits, tmp_path), whole)


# === NaN ===
def test_nan_names_its_step_its_batch_and_the_last_checkpoint():
    model = RealNVP(2, 2, (4,), seed=0)
    model.compile(keras.optimizers.SGD(0.01), jit_compile=False)
    x = np.zeros([40, 2], "float32")
    x[25] = [3e20, -1.0]  # finite, and so far out that its square is not
    with pytest.raises(TrainingStoppedError) as caught:
        model.fit(x, batch_size=4, shuffle=False, verbose=0)
    said = str(caught.value)
    assert "from step 7 of epoch 1 on" in said
    assert "4 examples, values from -1 to 3e+20" in said


def test_a_recipe_that_diverges_names_its_last_checkpoint(tmp_path):
    recipe = recipes.load("nice_toys")
    config = recipe.SMOKE.__class__(
        **{**vars(recipe.SMOKE), "learning_rate": 1e30, "epochs": 3}
    )
    with pytest.raises(TrainingStoppedError, match="last good checkpoint|None is kept"):
        recipe.train(config, tmp_path / "run", verbose=0)


# === Options ===
def test_a_run_goes_on_in_the_precision_it_began_with(tmp_path):
    recipe = recipes.load("nice_toys")
    folder = RunFolder.create(
        tmp_path / "run", "nice_toys", recipe.SMOKE, None, None, {"precision": "x"}
    )
    assert json.loads((folder.path / "config.json").read_text())["options"]
    with pytest.raises(RunError, match="precision was 'x' and is now 'float32'"):
        recipe.train(recipe.SMOKE, folder.path, resume=True)


def test_a_lesson_takes_no_options(tmp_path):
    recipe = recipes.load("parallel_lines")
    with pytest.raises(ValueError, match="a way of its own"):
        recipe.train(recipe.SMOKE, tmp_path, options=TrainOptions(accumulate=2))
    assert not list(pathlib.Path(tmp_path).iterdir())


def test_a_profile_and_speeds_are_written(tmp_path):
    recipe = recipes.load("nice_toys")
    config = recipe.SMOKE.__class__(**{**vars(recipe.SMOKE), "num_samples": 480})
    recipe.train(
        config, tmp_path / "run", verbose=0, options=TrainOptions(profile=True)
    )
    assert list((tmp_path / "run/logs").rglob("*.xplane.pb"))
    tags = {}
    for file in (tmp_path / "run/logs/train").glob("events*"):
        for event in tf.compat.v1.train.summary_iterator(str(file)):
            for value in event.summary.value:
                tags[value.tag] = tf.make_ndarray(value.tensor)
    speed = tags["step_seconds"] * tags["examples_per_second"]
    assert speed == pytest.approx(config.batch_size, rel=1e-5)
    assert tags["gradient_norm/optimizer"] > 0.0
