"""Every recipe runs, and ends where it would have, had it not been cut off."""

import dataclasses
import json
import subprocess
import sys
import types

import keras
import numpy as np
import pytest

from genkeras.training import recipes
from genkeras.training.recipes import Recipe
from genkeras.training.run_folder import RunError, RunFolder

# One of each family; the others differ in numbers only.
FAMILIES = ["real_nvp_digits", "vae_digits", "wgan_gp_digits"]
# Generates nothing, so that its runs have no pictures.
CLASSIFIER = "classifier_mnist"
# Draws from the run of another, which its own test trains once.
TRUNCATION = "truncation_mnist"
# Train several models, or discriminators alone, and keep none.
NO_MODEL = ("collapse_mnist", "parallel_lines")


class _Interrupt(keras.callbacks.Callback):
    """Ctrl-C in the middle of the second epoch."""

    def on_train_batch_end(self, batch, logs=None):
        if self.model.optimizer.iterations > self.params["steps"]:
            raise KeyboardInterrupt


def _interrupted(recipe):
    parts = dict(vars(recipe.module))
    own = parts.get("callbacks", lambda config, data: [])
    parts["callbacks"] = lambda config, data: [*own(config, data), _Interrupt()]
    module = types.ModuleType(recipe.module.__name__, recipe.module.__doc__)
    vars(module).update(parts)
    return Recipe(module)


def _everything(run):
    """All that training moves: weights, both optimizers, averages, random states."""
    model = RunFolder.open(run).load_model()
    optimizers = [model.optimizer, getattr(model, "discriminator_optimizer", None)]
    states = [v for o in optimizers if o is not None for v in o.variables]
    return [np.asarray(v) for v in [*model.variables, *states]]


@pytest.mark.parametrize("name", FAMILIES)
def test_resumed_is_uninterrupted(name, tmp_path):
    recipe = recipes.load(name)
    config = dataclasses.replace(recipe.SMOKE, epochs=3)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    metrics = recipe.train(config, whole, verbose=0)
    with pytest.raises(KeyboardInterrupt):
        _interrupted(recipe).train(config, cut, verbose=0)
    assert not (cut / "result.json").exists()
    assert recipe.train(config, cut, resume=True, verbose=0) == pytest.approx(
        metrics, abs=1e-4
    )
    for want, got in zip(_everything(whole), _everything(cut), strict=True):
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-6)
    lines = (cut / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [1, 2, 3]
    assert recipe.train(config, cut, resume=True, verbose=0) == pytest.approx(
        RunFolder.open(cut).result()
    )
    _check_folder(whole)


def test_a_run_cut_off_after_its_last_epoch_is_scored(tmp_path):
    recipe = recipes.load("nice_toys")
    metrics = recipe.train(recipe.SMOKE, tmp_path / "run", verbose=0)
    (tmp_path / "run/result.json").unlink()
    (tmp_path / "run/model.keras").unlink()
    again = recipe.train(recipe.SMOKE, tmp_path / "run", resume=True, verbose=0)
    assert again == pytest.approx(metrics)
    _check_folder(tmp_path / "run")


def _check_folder(run, without=()):
    assert {p.name for p in run.iterdir()} == {
        "config.json",
        "metrics.jsonl",
        "samples",
        "logs",
        "checkpoints",
        "model.keras",
        "result.json",
    } - set(without)


# Their graphs take half a minute each to trace; others of their family are quick, and
# what lessons stand on has tests of its own.
SLOW_TO_TRACE = (
    "adversarial_mnist",
    "estimators",
    "ffjord_toys",
    "flow_plus_plus_mnist",
    "iaf_vae_binarized_mnist",
    "neural_spline_flow_toys",
    "pixel_cnn_plus_plus_cifar10_5k",
    "real_nvp_mnist",
    "synthetic_mnist",
    "vae_cifar10_5k",
)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=pytest.mark.slow) if n in SLOW_TO_TRACE else n
        for n in sorted(set(recipes.names()) - {*FAMILIES, CLASSIFIER, TRUNCATION})
    ],
)
def test_the_smoke_config_runs(name, tmp_path):
    recipe = recipes.load(name)
    metrics = recipe.train(recipe.SMOKE, tmp_path / "run", verbose=0)
    assert all(np.isfinite(value) for value in metrics.values())
    trains = name not in NO_MODEL
    _check_folder(
        tmp_path / "run", () if trains else ("logs", "checkpoints", "model.keras")
    )
    on_the_plane = "toys" in name
    assert (tmp_path / "run/samples/density.png").exists() == on_the_plane
    assert json.loads((tmp_path / "run/result.json").read_text())["metrics"] == metrics


def test_the_classifier_learns_and_resumes(tmp_path):
    recipe = recipes.load(CLASSIFIER)
    config = dataclasses.replace(recipe.SMOKE, epochs=3)
    metrics = recipe.train(config, tmp_path / "run", verbose=0)
    assert metrics["test_accuracy"] > 0.5  # 0.1 by chance
    weights = np.load(tmp_path / "run/weights.npz")
    assert {weights[name].dtype for name in weights} == {np.dtype("float16")}
    model = RunFolder.open(tmp_path / "run").load_model()
    for name, want in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(weights[name], want)  # what was scored
    # As if it had been cut off after its second epoch.
    for name in ("result.json", "checkpoints/epoch-0003.weights.h5"):
        (tmp_path / "run" / name).unlink()
    again = recipe.train(config, tmp_path / "run", resume=True, verbose=0)
    assert again == pytest.approx(metrics, rel=1e-2)


def test_a_table_without_a_picture_is_trained_and_scored(tmp_path):
    table = np.random.default_rng(0).integers(0, 4, size=(300, 5))
    np.save(tmp_path / "table.npy", table)
    recipe = recipes.load("real_nvp_digits")
    config = dataclasses.replace(recipe.SMOKE, data=str(tmp_path / "table.npy"))
    metrics = recipe.train(config, tmp_path / "run", verbose=0)
    assert all(np.isfinite(value) for value in metrics.values())
    assert not (tmp_path / "run" / "samples").exists()


def test_changed_hyperparameters_are_shown(tmp_path):
    recipe = recipes.load("nice_toys")
    run = RunFolder.create(tmp_path / "run", "nice_toys", recipe.SMOKE, None)
    changed = dataclasses.replace(recipe.SMOKE, learning_rate=0.5, hidden_units=(9,))
    with pytest.raises(RunError, match=r"hidden_units was \[8\] and is now \[9\]; le"):
        recipe.train(changed, run.path, resume=True)
    with pytest.raises(RunError, match="a run of nice_toys. Received: real_nvp_toys"):
        recipes.load("real_nvp_toys").train(recipe.SMOKE, run.path, resume=True)


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    recipe = recipes.load("nice_toys")
    with pytest.raises(RunError, match="holds files. Pass --resume"):
        recipe.train(recipe.SMOKE, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_finished_run_is_loaded_by_a_process_that_knows_no_model(tmp_path):
    recipe = recipes.load("nice_toys")
    recipe.train(recipe.SMOKE, tmp_path / "run", verbose=0)
    code = (
        "from genkeras.training.run_folder import RunFolder; import sys; "
        "print(type(RunFolder.open(sys.argv[1]).load_model()).__name__)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "run")]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout.split()[-1] == "NICE"
