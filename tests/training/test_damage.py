"""What is left when something breaks: named, and gone on from."""

import dataclasses
import errno
import json
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf

from genkeras.training import recipes
from genkeras.training.checkpoint import Checkpoint
from genkeras.training.files import written_aside
from genkeras.training.run_folder import RunError, RunFolder
from genkeras.training.strategies import make_strategy
from genkeras.zoo import RealNVP

RECIPE = recipes.load("nice_toys")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Two checkpoints, and the weights of each."""
    folder = tmp_path_factory.mktemp("kept")
    model, weights = _model(), []
    for epoch in range(2):
        model.set_weights([w + 1.0 for w in model.get_weights()])
        _end_epoch(model, folder, epoch)
        weights.append(model.get_weights())
    return folder, weights


def _model():
    model = RealNVP(2, 2, (4,), seed=0)
    model.compile(run_eagerly=True)
    return model


def _end_epoch(model, folder, epoch):
    checkpoint = Checkpoint(folder)
    checkpoint.set_model(model)
    checkpoint.on_epoch_end(epoch)


def _cut(data, rng):
    return data[: rng.integers(len(data))]


def _flip(data, rng):
    at = rng.integers(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.integers(8)]) + data[at + 1 :]


def _empty(data, rng):
    return b""


_DAMAGES = [_cut, _flip, _empty]


@pytest.mark.parametrize("damage", _DAMAGES)
def test_a_damaged_checkpoint_is_named_and_the_one_before_used(
    kept, damage, tmp_path, capsys
):
    _damage_checkpoints(kept, damage, tmp_path, capsys, trials=10)


@pytest.mark.slow
@pytest.mark.parametrize("damage", _DAMAGES)
def test_a_hundred_damaged_checkpoints(kept, damage, tmp_path, capsys):
    _damage_checkpoints(kept, damage, tmp_path, capsys, trials=100)


def _damage_checkpoints(kept, damage, tmp_path, capsys, trials):
    folder, weights = kept
    model, rng = _model(), np.random.default_rng(0)
    place = tmp_path / "trials"
    shutil.copytree(folder, place)
    file = place / "epoch-0002.weights.h5"
    whole = file.read_bytes()
    for _ in range(trials):
        file.write_bytes(damage(whole, rng))
        assert Checkpoint(place).restore(model) == 1
        assert "epoch-0002" in capsys.readouterr().err
    for got, wanted in zip(model.get_weights(), weights[0], strict=True):
        np.testing.assert_array_equal(got, wanted)
    file.write_bytes(whole)
    assert Checkpoint(place).restore(model) == 2
    # Its checksum, as well.
    checksum = place / "epoch-0002.weights.sha256"
    for content in (b"", b"\xff\xfe", checksum.read_bytes()[:-1]):
        checksum.write_bytes(content)
        assert Checkpoint(place).restore(model) == 1


@pytest.mark.parametrize(
    "name",
    [
        "epoch-0007.weights.h5",
        "epoch-2 (copy).weights.h5",
        "last.h5",
        "epoch-.weights.h5",
    ],
)
def test_a_renamed_checkpoint_is_named_and_the_one_before_used(
    kept, name, tmp_path, capsys
):
    folder, _ = kept
    shutil.copytree(folder, tmp_path / "trials")
    (tmp_path / "trials/epoch-0002.weights.h5").rename(tmp_path / "trials" / name)
    assert Checkpoint(tmp_path / "trials").restore(_model()) == 1
    assert name in capsys.readouterr().err


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run folder with a model."""
    path = tmp_path_factory.mktemp("finished") / "run"
    run = RunFolder.create(path, "nice_toys", RECIPE.SMOKE, None)
    run.save_result(_model(), {"test_nll": 1.0})
    return path


def _damage_a_run(finished, name, damage, tmp_path, trials):
    """What is loaded of it is what was saved, or a `RunError` of one line."""
    shutil.copytree(finished, tmp_path / "run")
    file, rng = tmp_path / "run" / name, np.random.default_rng(0)
    whole = file.read_bytes()
    x = np.zeros([3, 2], "float32")
    wanted = RunFolder.open(finished).load_model().log_prob(x)
    lines = []
    for _ in range(trials):
        file.write_bytes(damage(whole, rng))
        try:
            run = RunFolder.open(tmp_path / "run")
            run.result()
            if name == "model.keras":
                got = run.load_model().log_prob(x)
                np.testing.assert_array_equal(got, wanted)
        except RunError as error:
            lines.append(str(error))
    assert not any("\n" in line for line in lines)
    return len(lines)


@pytest.mark.parametrize("damage", _DAMAGES)
@pytest.mark.parametrize("name", ["config.json", "result.json", "model.keras"])
def test_a_damaged_file_of_a_run_is_named(finished, name, damage, tmp_path):
    trials = 3 if name == "model.keras" else 20
    named = _damage_a_run(finished, name, damage, tmp_path, trials)
    if damage is not _flip:  # of which some change a space, or a letter of a name
        assert named == trials


@pytest.mark.slow
@pytest.mark.parametrize("damage", _DAMAGES)
@pytest.mark.parametrize("name", ["config.json", "result.json", "model.keras"])
def test_a_hundred_damaged_files_of_a_run(finished, name, damage, tmp_path):
    named = _damage_a_run(finished, name, damage, tmp_path, 100)
    if damage is not _flip:
        assert named >= 98  # cut at the last line break, a file is whole


def test_a_flipped_bit_of_a_config_changes_no_value_in_silence(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "run")
    file, rng = tmp_path / "run/config.json", np.random.default_rng(0)
    whole = file.read_bytes()
    wanted = vars(RunFolder.open(tmp_path / "run"))
    named = 0
    for _ in range(300):
        file.write_bytes(_flip(whole, rng))
        try:
            assert vars(RunFolder.open(tmp_path / "run")) == wanted
        except RunError:
            named += 1
    assert named > 150  # the others fell on versions, and between the words


def test_a_draft_of_a_config_is_taken_up(tmp_path):
    RunFolder.create(tmp_path / "run", "nice_toys", RECIPE.SMOKE, None)
    file, draft = (tmp_path / f"run/{name}config.json" for name in ("", "unfinished-"))
    whole = file.read_text()
    file.rename(draft)
    assert RunFolder.open(tmp_path / "run").recipe == "nice_toys"
    assert file.read_text() == whole
    file.unlink()
    draft.write_text(whole[:-40])  # cut off: nothing was begun, and all can begin
    with pytest.raises(RunError, match="no config.json"):
        RunFolder.open(tmp_path / "run")
    RunFolder.create(tmp_path / "run", "nice_toys", RECIPE.SMOKE, None)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG])
def test_a_full_disk_is_named_and_leaves_no_half_file(number, tmp_path):
    path = tmp_path / "samples.npy"
    path.write_text("what was there")

    def write():
        with written_aside(path) as draft:
            draft.write_text("half")
            raise OSError(number, "as the system says it")

    with pytest.raises(OSError, match=r"disk is full.*samples"):
        write()
    assert [p.name for p in tmp_path.iterdir()] == ["samples.npy"]
    assert path.read_text() == "what was there"


def test_weights_that_are_not_finite_are_not_kept(tmp_path):
    model = _model()
    _end_epoch(model, tmp_path, 0)
    poisoned = [np.full_like(w, np.nan) for w in model.get_weights()]
    model.set_weights(poisoned)
    with pytest.raises(ValueError, match="after epoch 2, step 0"):
        _end_epoch(model, tmp_path, 1)
    assert [p.name for p in tmp_path.glob("*.h5")] == ["epoch-0001.weights.h5"]


def test_data_that_has_changed_is_refused(tmp_path):
    file = tmp_path / "a.npy"
    x = np.random.default_rng(0).normal(size=(200, 2))
    np.save(file, x)
    config = dataclasses.replace(RECIPE.SMOKE, data=str(file))
    RECIPE.train(config, tmp_path / "run", verbose=0)
    run = RunFolder.open(tmp_path / "run")
    assert "160 train" in run.data["read"]
    run.check_data(RECIPE.load_data(config).digest())
    np.save(file, x[::-1])
    with pytest.raises(RunError, match="has changed"):
        run.check_data(RECIPE.load_data(config).digest())


def test_a_mistake_leaves_nothing_behind(tmp_path):
    file = tmp_path / "far.npy"
    np.save(file, np.full([200, 2], 1e300))
    config = dataclasses.replace(RECIPE.SMOKE, data=str(file))
    with pytest.raises(ValueError, match="."):
        RECIPE.train(config, tmp_path / "run", verbose=0)
    assert not (tmp_path / "run").exists()


def test_an_evaluation_that_fails_does_not_cost_the_training(tmp_path, monkeypatch):
    def fail(*args):
        raise ValueError("no")

    monkeypatch.setattr(RECIPE.module, "evaluate", fail)
    with pytest.raises(ValueError, match="no"):
        RECIPE.train(RECIPE.SMOKE, tmp_path / "run", verbose=0)
    model = RunFolder.open(tmp_path / "run").load_model()
    assert isinstance(model, keras.Model)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", {"recipe": "../../os", "config": {}, "picture": None}),
        ("config.json", {}),
        ("config.json", []),
        ("result.json", {}),
        ("result.json", []),
    ],
)
def test_files_of_a_run_that_are_none(name, content, tmp_path):
    RunFolder.create(tmp_path / "run", "nice_toys", RECIPE.SMOKE, None)
    (tmp_path / "run" / name).write_text(json.dumps(content))
    with pytest.raises(RunError, match="not what a run writes"):
        RunFolder.open(tmp_path / "run").result()


def test_a_model_that_is_damaged_is_named(tmp_path):
    run = RunFolder.create(tmp_path / "run", "nice_toys", RECIPE.SMOKE, None)
    run.save_model(_model())
    file = tmp_path / "run" / "model.keras"
    file.write_bytes(file.read_bytes()[:-300])
    with pytest.raises(RunError, match="damaged"):
        run.load_model()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch_size", 0),
        ("epochs", -1),
        ("epochs", 2.5),
        ("learning_rate", -1.0),
        ("learning_rate", float("nan")),
        ("hidden_units", (8, 0)),
        ("seed", -1),
    ],
)
def test_settings_that_mean_nothing(name, value, tmp_path):
    config = dataclasses.replace(RECIPE.SMOKE, **{name: value})
    with pytest.raises(ValueError, match=f"`{name}` is .* Received: {name}="):
        RECIPE.train(config, tmp_path / "run", verbose=0)
    assert not (tmp_path / "run").exists()


def test_every_recipes_own_settings_are_fine():
    from genkeras.training.recipes.check_config import check_config

    for name in recipes.names():
        recipe = recipes.load(name)
        check_config(recipe.Config())
        check_config(recipe.SMOKE)


def test_a_strategy_asked_for_twice_is_one():
    count = len(tf.config.list_logical_devices("CPU"))
    if count > 1:
        assert make_strategy(f"cpu:{count}") is make_strategy(f"cpu:{count}")
