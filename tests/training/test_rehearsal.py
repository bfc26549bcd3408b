"""What an evaluation cannot take is refused before the first step."""

import dataclasses
import random
import types

import keras
import numpy as np
import pytest

from genkeras.training import recipes, trainer
from genkeras.training.data import DataError
from genkeras.training.recipes import Recipe
from genkeras.training.recipes.check_config import check_config
from genkeras.training.rehearsal import rehearse
from genkeras.training.run_folder import RunFolder


@pytest.fixture
def table(tmp_path):
    """A path of 300 rows that no recipe names."""
    np.save(tmp_path / "own.npy", np.random.default_rng(0).integers(0, 4, (300, 5)))
    return str(tmp_path / "own.npy")


def _with(recipe, **parts):
    module = types.ModuleType(recipe.module.__name__, recipe.module.__doc__)
    vars(module).update(vars(recipe.module) | parts)
    return Recipe(module)


def _never(*args, **kwargs):
    raise AssertionError("a step was taken")


@pytest.mark.parametrize("error", [KeyError("digit"), ValueError("no\nimages")])
def test_what_evaluation_cannot_take_is_refused_before_training(
    error, table, tmp_path, monkeypatch
):
    def evaluate(model, data, config):
        assert len(data.x["train"]) > 200
        assert len(data.x["test"]) <= 200
        raise error

    monkeypatch.setattr(keras.Model, "fit", _never)
    recipe = _with(recipes.load("real_nvp_digits"), evaluate=evaluate)
    config = dataclasses.replace(recipe.SMOKE, data=table)
    says = "cannot be evaluated on the test split of .*: ('digit'|no images)"
    with pytest.raises(DataError, match=says) as caught:
        recipe.train(config, tmp_path / "runs/own", verbose=0)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "runs").exists()


def test_too_few_images_to_compare_are_refused_before_training(tmp_path, monkeypatch):
    monkeypatch.setattr(keras.Model, "fit", _never)
    images = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 1), "uint8")
    np.savez(tmp_path / "own.npz", train=images, test=images[:1])
    recipe = recipes.load("wgan_gp_digits")
    own = {"data": str(tmp_path / "own.npz"), "batch_size": 10}
    config = dataclasses.replace(recipe.SMOKE, **own)
    with pytest.raises(DataError, match="wgan_gp_digits cannot be evaluated on"):
        recipe.train(config, tmp_path / "run", verbose=0)
    assert not (tmp_path / "run").exists()


def test_what_a_rehearsal_draws_is_given_back(table):
    def evaluate(model, data, config):
        model.sample(3)
        moved = model.trainable_variables[0]
        moved.assign(moved + 1.0)
        return {"noise": random.random() + np.random.rand()}  # noqa: NPY002

    recipe = _with(recipes.load("real_nvp_digits"), evaluate=evaluate)
    config = dataclasses.replace(recipe.SMOKE, data=table)
    data = recipe.load_data(config)
    model = recipe.make_model(config, data)

    def state():
        numbers = random.getstate()[1], np.random.get_state()[1]  # noqa: NPY002
        return [*map(np.array, numbers), *map(_values, model.variables)]

    before = state()
    rehearse(recipe, model, data, config)
    for one, other in zip(before, state(), strict=True):
        np.testing.assert_array_equal(one, other)


def _values(variable):
    return np.array(keras.ops.convert_to_numpy(variable))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["real_nvp_digits", "wgan_gp_digits"])
def test_a_rehearsed_run_is_the_same_run(name, tmp_path, monkeypatch):
    images = np.random.default_rng(0).integers(0, 17, (300, 8, 8, 1)).astype("uint8")
    np.save(tmp_path / "own.npy", images)
    recipe = recipes.load(name)
    config = dataclasses.replace(recipe.SMOKE, data=str(tmp_path / "own.npy"))
    found = {}
    for run in ("with", "without"):
        if run == "without":
            monkeypatch.setattr(trainer, "rehearse", lambda *given: None)
        metrics = recipe.train(config, tmp_path / run, verbose=0)
        model = RunFolder.open(tmp_path / run).load_model()
        found[run] = metrics, [_values(v) for v in model.variables]
    assert found["with"][0] == found["without"][0]
    for one, other in zip(found["with"][1], found["without"][1], strict=True):
        np.testing.assert_array_equal(one, other)


def test_sizes_of_a_config_are_bounded(tmp_path):
    recipe = recipes.load("nice_toys")
    for widths in ((10**9,), (10**5, 10**5)):
        config = dataclasses.replace(recipe.SMOKE, hidden_units=widths)
        with pytest.raises(ValueError, match="`hidden_units` is of at most"):
            recipe.train(config, tmp_path / "run", verbose=0)
    for name in recipes.names():
        check_config(recipes.load(name).Config())
