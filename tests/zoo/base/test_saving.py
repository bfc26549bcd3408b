"""A model that is saved, loaded and trained on is one that was never stopped."""

import functools
import json
import pathlib
import pickle
import subprocess
import sys

import keras
import numpy as np
import pytest

from contracts import answers, check_same, perturb, state
from contracts.basics import repeated
from contracts.models import REPRESENTATIVES, TINY, sweep
from contracts.resume import compiled, train

TESTS = pathlib.Path(__file__).parents[2]


@pytest.fixture(scope="module")
def states(tmp_path_factory):
    """What models gave here, and in one new process that loads them all."""

    @functools.cache
    def states(quick):
        folder = tmp_path_factory.mktemp("saved")
        here = {}
        for name, tiny in TINY.items():
            if (name in REPRESENTATIVES) == quick:
                model = compiled(tiny)
                halfway = train(model, tiny) | answers(model, tiny.x, tiny.condition)
                model.save(folder / f"{name}.keras")
                here[name] = (halfway, train(model, tiny))
        command = [sys.executable, "-m", "contracts.resume_alone", str(folder)]
        subprocess.run(command, check=True, cwd=TESTS)
        return here, pickle.loads((folder / "states.pkl").read_bytes())

    return lambda name: [run[name] for run in states(name in REPRESENTATIVES)]


@pytest.mark.parametrize("name", sweep(TINY, REPRESENTATIVES))
def test_a_new_process_loads_the_model_bit_for_bit(states, name):
    here, there = (run[0] for run in states(name))
    check_same(there, here)
    assert any(key.startswith("optimizer/") for key in there)


@pytest.mark.parametrize("name", sweep(TINY, REPRESENTATIVES))
def test_a_resumed_run_ends_like_an_uninterrupted_one(states, name):
    (halfway, end), (_, resumed) = states(name)
    assert not np.array_equal(end["seed/0"], halfway["seed/0"])
    check_same(resumed, end, atol=1e-6)


@pytest.mark.parametrize("name", ["real_nvp", "vae_labels", "wgan_gp"])
def test_a_weights_file_keeps_optimizers_and_seeds(name, tmp_path):
    tiny = TINY[name]
    model = compiled(tiny)
    wanted = train(model, tiny)
    model.save_weights(tmp_path / "m.weights.h5")
    other = compiled(tiny)
    other.load_weights(tmp_path / "m.weights.h5")
    check_same(state(other), wanted)


@pytest.mark.parametrize("name", TINY)
def test_the_config_is_json_and_makes_the_model_again(name):
    tiny = TINY[name]
    model = perturb(tiny())
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
    twin = keras.saving.deserialize_keras_object(config)
    again = keras.saving.serialize_keras_object(twin)
    assert json.loads(json.dumps(again)) == config
    twin.set_weights(model.get_weights())
    given = repeated(tiny.condition)
    samples = [m.sample(3, condition=given, seed=0) for m in (model, twin)]
    np.testing.assert_array_equal(*samples)
