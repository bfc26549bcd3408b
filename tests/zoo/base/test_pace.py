"""Several steps in one call: chosen by timing, and seen by nobody."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from genkeras.zoo import GAN, VAE, RealNVP
from genkeras.zoo.base import pace

X = np.random.default_rng(0).uniform(-0.9, 0.9, [1200, 2]).astype("float32")


class EachBatch(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass


def arguments(data=None, callbacks=(), **given):
    data = tf.data.Dataset.range(800) if data is None else data
    return {"x": data, "callbacks": callbacks, **given}


@pytest.mark.parametrize(
    ("seconds", "given", "steps"),
    [
        (2e-3, arguments(), 25),  # the most of 50 ms that divides the epoch
        (1e-9, arguments(), 100),
        (3e-2, arguments(), 1),  # a step that is long beside its call
        (2e-3, arguments(tf.data.Dataset.range(797)), 1),  # a prime
        (2e-3, arguments(tf.data.Dataset.range(800).repeat()), 1),  # no epoch
        (2e-3, arguments(tf.data.Dataset.range(9).repeat(), steps_per_epoch=800), 25),
        (2e-3, arguments(steps_per_epoch=500), 25),
        (2e-3, arguments(validation_steps=30), 10),
        (2e-3, arguments(tf.data.Dataset.range(100)), 1),  # over before it pays
        (2e-3, arguments(tf.data.Dataset.range(100), epochs=8), 25),
        (2e-3, arguments(tf.data.Dataset.range(100), epochs=8, initial_epoch=6), 1),
        (2e-3, arguments(iter([])), 1),
    ],
)
def test_the_number_of_steps(seconds, given, steps):
    assert pace.steps_a_call(given, lambda: seconds) == steps


@pytest.mark.parametrize(
    ("callback", "steps"),
    [
        (EachBatch(), 1),
        (keras.callbacks.LambdaCallback(on_train_batch_end=print), 1),
        (keras.callbacks.LambdaCallback(on_epoch_end=print), 25),
        (keras.callbacks.EarlyStopping(), 25),
        (keras.callbacks.TensorBoard("logs"), 25),
        (keras.callbacks.TensorBoard("logs", profile_batch=3), 1),
        (keras.callbacks.ModelCheckpoint("x.keras"), 25),
        (keras.callbacks.ModelCheckpoint("x.keras", save_freq=7), 1),
    ],
)
def test_callbacks_of_batches_are_called_after_each(callback, steps):
    assert pace.steps_a_call(arguments(callbacks=[callback]), lambda: 2e-3) == steps


def small_flow():
    return RealNVP(2, num_couplings=2, hidden_units=(8,), seed=0)


def small_gan():
    return GAN((2,), 2, generator_units=(8,), discriminator_units=(8,), seed=0)


def train(make, monkeypatch, steps):
    keras.utils.set_random_seed(0)
    monkeypatch.setattr(pace, "_LEAST_STEPS", 10)
    model = make()
    model.compile(jit_compile=False, steps_per_execution=steps)
    held_out = {} if isinstance(model, GAN) else {"validation_data": X[:130]}
    history = model.fit(X, batch_size=50, epochs=2, verbose=0, **held_out)
    return model, history.history


@pytest.mark.parametrize("make", [small_flow, small_gan])
def test_weights_are_those_of_single_steps(make, monkeypatch):
    timed, history = train(make, monkeypatch, "auto")
    assert timed.steps_per_execution > 1
    single, expected = train(make, monkeypatch, 1)
    assert history == expected
    for given, wanted in zip(timed.variables, single.variables, strict=True):
        np.testing.assert_array_equal(given, wanted)
    assert timed.get_compile_config()["steps_per_execution"] == "auto"


def test_every_use_is_exact_afterwards(monkeypatch):
    model, _ = train(small_flow, monkeypatch, "auto")
    expected = -float(tf.reduce_mean(model.log_prob(X[:70])))
    assert model.evaluate(X[:70], verbose=0)["nll"] == pytest.approx(expected, rel=1e-6)
    endless = tf.data.Dataset.from_tensor_slices(X[:70]).batch(10).repeat()
    found = model.evaluate(endless, steps=7, verbose=0)["nll"]
    assert found == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(
        model.predict(X[:77], verbose=0), model.log_prob(X[:77]), rtol=1e-5
    )


def test_bad_data_is_told_of_with_its_batch(monkeypatch):
    monkeypatch.setattr(pace, "_LEAST_STEPS", 10)
    x = np.array(X)
    x[777] = np.nan
    model = small_flow()
    model.compile(jit_compile=False)
    with pytest.raises(ValueError, match="in batch 16 of epoch 1"):
        model.fit(tf.data.Dataset.from_tensor_slices(x).batch(50), verbose=0)


@pytest.mark.parametrize(("jitted", "chosen"), [(0.5, True), (0.9, False)])
def test_xla_is_taken_where_it_is_clearly_faster(monkeypatch, jitted, chosen):
    monkeypatch.setattr(pace, "_LEAST_STEPS", 10)
    timed = iter([1.0, jitted])
    monkeypatch.setattr(pace, "time_step", lambda *_: 10.0 * next(timed))
    model = small_flow()
    model.compile()
    assert not model.jit_compile
    model.fit(X, batch_size=50, verbose=0)
    assert model.jit_compile is chosen
    assert model.get_compile_config()["jit_compile"] is chosen


def test_xla_takes_the_steps_that_tensorflow_does(monkeypatch):
    monkeypatch.setattr(pace, "_SECONDS_FOR_XLA", 0.0)
    monkeypatch.setattr(pace, "_LEAST_STEPS", 10)
    monkeypatch.setattr(pace, "_CLEARLY", 1e9)
    models = []
    for jit in ("auto", False):
        keras.utils.set_random_seed(0)
        models.append(small_flow())
        models[-1].compile(jit_compile=jit)
        models[-1].fit(X, batch_size=50, verbose=0)
    assert [model.jit_compile for model in models] == [True, False]
    for given, wanted in zip(models[0].weights, models[1].weights, strict=True):
        np.testing.assert_allclose(given, wanted, atol=1e-5)


def test_a_choice_that_was_kept_is_not_timed(monkeypatch):
    monkeypatch.setattr(pace, "_SECONDS_FOR_XLA", 0.0)
    monkeypatch.setattr(pace, "_LEAST_STEPS", 10)
    model = small_flow()
    model.compile(steps_per_execution=1)
    model.keep_jit()
    monkeypatch.setattr(pace, "time_step", None)
    model.fit(X, batch_size=50, verbose=0)
    assert model.jit_compile is False


def test_convolutions_are_never_given_to_xla_unasked():
    convolutional = VAE((4, 4, 1), 2, filters=(2,))
    assert not pace.xla_may_pay(convolutional, arguments(), lambda: 1.0)
    assert pace.xla_may_pay(small_flow(), arguments(), lambda: 1.0)
    assert not pace.xla_may_pay(small_flow(), arguments(), lambda: 1e-3)
