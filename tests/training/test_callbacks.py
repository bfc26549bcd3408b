"""What a run writes, and how beta moves."""

import keras
import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from contracts import check_refused
from genkeras.training.callbacks import (
    BetaSchedule,
    CapacitySchedule,
    CyclicBetaSchedule,
    DistanceCurves,
    MetricsLog,
    OfPlayer,
    SampleGrid,
)
from genkeras.training.checkpoint import Checkpoint
from genkeras.training.pictures import Picture
from genkeras.training.run_folder import RunFolder
from genkeras.zoo import GAN, VAE, WGANGP, RealNVP


def _vae():
    model = VAE((4, 4, 1), 2, hidden_units=(4,), seed=0)
    model.compile("adam", jit_compile=False)
    return model


def _fit(*callbacks, model=None, epochs=3, initial_epoch=0):
    model = model or _vae()
    x = (np.random.default_rng(0).random((8, 4, 4, 1)) > 0.5).astype("float32")
    model.fit(
        x,
        epochs=epochs,
        initial_epoch=initial_epoch,
        callbacks=list(callbacks),
        verbose=0,
    )
    return model


def test_beta_is_a_function_of_the_epoch():
    schedule = BetaSchedule(2.0, num_epochs=4, start=1.0)
    assert [schedule.value(e) for e in (0, 1, 4, 9)] == [1.0, 1.25, 2.0, 2.0]
    model = _fit(schedule, initial_epoch=1, epochs=2)
    assert float(model.beta) == 1.25


def test_beta_goes_up_again_and_again():
    schedule = CyclicBetaSchedule(2.0, period=4, share=0.5)
    values = [schedule.value(e) for e in range(9)]
    assert values == [0.0, 1.0, 2.0, 2.0, 0.0, 1.0, 2.0, 2.0, 0.0]
    with pytest.raises(ValueError, match="share=0.0"):
        CyclicBetaSchedule(period=4, share=0.0)


def test_a_capacity_is_moved_where_there_is_one():
    model = VAE((4, 4, 1), 2, hidden_units=(4,), capacity=0.0, seed=0)
    model.compile("adam", run_eagerly=True)
    _fit(CapacitySchedule(8.0, num_epochs=4), model=model, epochs=3)
    assert float(model.capacity) == 4.0
    plain = _vae()
    with pytest.raises(ValueError, match="without"):
        _fit(CapacitySchedule(8.0, num_epochs=4), model=plain)


def test_a_schedule_that_goes_nowhere_is_refused():
    with pytest.raises(ValueError, match="num_epochs=0"):
        BetaSchedule(num_epochs=0)


def test_pictures_come_at_their_epochs_and_from_the_same_noise(tmp_path):
    picture = Picture((4, 4, 1), 0.0, 1.0)
    grid = SampleGrid(
        tmp_path / "a", picture, num_samples=4, every=2, log_dir=tmp_path / "logs"
    )
    model = _fit(grid)
    files = sorted(p.name for p in (tmp_path / "a").iterdir())
    assert files == ["epoch-0002.png", "epoch-0003.png"]
    assert any((tmp_path / "logs").iterdir())

    frozen = SampleGrid(tmp_path / "b", picture, num_samples=4)
    frozen.set_model(model)
    frozen.set_params({"epochs": 2})
    frozen.on_epoch_end(0)
    frozen.on_epoch_end(1)
    first, second = sorted((tmp_path / "b").iterdir())
    assert first.read_bytes() == second.read_bytes()
    assert tf.io.decode_png(first.read_bytes()).shape[0] == 2 * 36 + 1


def test_the_newest_whole_checkpoint_is_restored(tmp_path):
    checkpoint = Checkpoint(tmp_path)
    model = _fit(checkpoint)
    names = sorted(p.name for p in tmp_path.glob("*.h5"))
    assert names == ["epoch-0002.weights.h5", "epoch-0003.weights.h5"]
    # What is left of a write that was cut off is not taken for a checkpoint.
    (tmp_path / "unfinished.weights.h5").write_text("half")
    other = _vae()
    assert checkpoint.restore(other) == 3
    for ours, theirs in zip(model.variables, other.variables, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert other.optimizer.iterations == model.optimizer.iterations


def test_there_may_be_no_checkpoint_yet(tmp_path):
    assert Checkpoint(tmp_path / "none").restore(_vae()) == 0


def test_metrics_are_a_line_an_epoch_also_after_a_resume(tmp_path):
    run = RunFolder(tmp_path, "none", {}, None)
    _fit(MetricsLog(run), epochs=3)
    _fit(MetricsLog(run, 1), initial_epoch=1, epochs=2)
    lines = run.lines()
    assert [line["epoch"] for line in lines] == [1, 2]
    assert {"elbo", "loss", "seconds"} <= lines[0].keys()


def test_a_loss_that_is_nan_stops_before_its_checkpoint(tmp_path):
    model = _vae()
    model.optimizer.learning_rate = keras.ops.convert_to_tensor(float("nan"))
    with pytest.raises(ValueError, match="Training stopped"):
        _fit(Checkpoint(tmp_path), model=model)
    assert not (tmp_path / "epoch-0002.weights.h5").exists()


def test_distances_of_held_out_data_are_logged(tmp_path):
    """On a line the sliced distance is the distance itself."""
    units = {"generator_units": (4,), "discriminator_units": (4,)}
    model = WGANGP((1,), 2, num_critic_steps=1, **units, seed=0)
    model.compile(jit_compile=False)
    x = np.random.default_rng(0).uniform(-1, 1, (40, 1)).astype("float32")
    run = RunFolder(tmp_path, "none", {}, None)
    model.fit(
        x, epochs=2, callbacks=[DistanceCurves(x, seed=3), MetricsLog(run)], verbose=0
    )
    lines = run.lines()
    assert lines[0]["sliced_wasserstein"] != lines[1]["sliced_wasserstein"]
    samples = model.sample(40, seed=3)
    means = [np.mean(model.discriminate(y)) for y in (x, samples)]
    assert lines[1]["game_value"] == pytest.approx(means[0] - means[1], rel=1e-4)
    want = scipy.stats.wasserstein_distance(np.ravel(x), np.ravel(samples))
    assert lines[1]["sliced_wasserstein"] == pytest.approx(want, rel=1e-6)


@pytest.mark.parametrize("player", ["generator", "discriminator"])
def test_a_schedule_acts_on_the_player_that_is_named(player):
    model = GAN((2,), 2, generator_units=(4,), discriminator_units=(4,), seed=0)
    model.compile(keras.optimizers.Adam(1e-2), keras.optimizers.Adam(1e-2))
    x = np.zeros([8, 2], "float32")
    halved = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2.0)
    plateau = keras.callbacks.ReduceLROnPlateau(
        f"{player}_loss", mode="min", factor=0.1, patience=1, min_delta=1e9
    )
    calls = [OfPlayer(callback, player) for callback in (halved, plateau)]
    model.fit(x, batch_size=8, epochs=2, callbacks=calls, verbose=0)
    rates = {
        name: float(getattr(model, f"{name}_optimizer").learning_rate)
        for name in ("generator", "discriminator")
    }
    # Halved twice, and once more by ten after an epoch that was no better.
    assert rates.pop(player) == pytest.approx(2.5e-4)
    assert list(rates.values()) == [pytest.approx(1e-2)]


def test_players_that_are_not_there_are_refused():
    halved = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2.0)
    check_refused(lambda: OfPlayer(halved, "critic"), "player='critic'")
    model = RealNVP(2, 2, (4,))
    model.compile()
    x = np.zeros([8, 2], "float32")
    check_refused(
        lambda: model.fit(x, callbacks=[OfPlayer(halved, "generator")], verbose=0),
        "a RealNVP",
    )
