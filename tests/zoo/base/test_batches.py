"""Arrays and data sets reach `fit` in pipelines that end when training does."""

import time

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import check_refused
from contracts.models import TINY
from genkeras.zoo import RealNVP
from genkeras.zoo.base import untuned
from genkeras.zoo.base.batches import array_batches, in_batches, split_off_validation

X = np.random.default_rng(0).normal(size=(10, 2)).astype("float32")


def test_batches_hold_every_row_once_and_in_step():
    y = {"row": np.arange(10), "none": None}
    batches = list(array_batches([X, y], 4, shuffle=True))
    assert [x.shape[0] for x, _ in batches] == [4, 4, 2]
    rows = np.concatenate([given["row"] for _, given in batches])
    assert sorted(rows) == list(range(10))
    assert not np.array_equal(rows, range(10))
    np.testing.assert_array_equal(np.concatenate([x for x, _ in batches]), X[rows])


def test_each_pass_has_an_order_of_its_own_and_a_seed_repeats_it():
    def orders():
        keras.utils.set_random_seed(3)
        batches = array_batches([np.arange(10)], 10, shuffle=True).repeat(2)
        return [x.numpy().tolist() for (x,) in batches]

    first, second = orders()
    assert first != second
    assert orders() == [first, second]
    (plain,) = array_batches([np.arange(10)], 10)
    np.testing.assert_array_equal(plain[0], np.arange(10))


@pytest.mark.parametrize("kind", ["arrays", "data set"])
def test_no_pipeline_has_a_thread_that_tunes_it(kind):
    x = X if kind == "arrays" else tf.data.Dataset.from_tensor_slices(X).batch(2)
    given = in_batches({"x": x, "shuffle": True, "epochs": 2}, shuffle=True)
    assert given["x"].options().autotune.enabled is False
    assert given["shuffle"] is False


def test_what_keras_alone_knows_is_left_to_it():
    given = {"x": X, "steps_per_epoch": 3}
    assert in_batches(given) == given
    generator = {"x": iter([X])}
    assert in_batches(generator) == generator


def test_the_last_part_is_the_validation_data_as_keras_takes_it():
    given = split_off_validation({"x": X, "y": np.arange(10), "validation_split": 0.25})
    np.testing.assert_array_equal(given["y"], np.arange(7))
    np.testing.assert_array_equal(given["validation_data"][1], [7, 8, 9])
    check_refused(
        lambda: split_off_validation({"x": X, "validation_split": 1.5}), "1.5"
    )


def test_arrays_of_two_lengths_are_refused():
    check_refused(lambda: array_batches([X, np.arange(9)], 2), "[9, 10]")


def test_fit_takes_arrays_conditions_weights_and_validation():
    tiny = TINY["real_nvp_floats"]
    model = tiny()
    model.compile("sgd", run_eagerly=True)
    weight = np.ones(len(tiny.x), "float32")
    logs = model.fit(
        tiny.x,
        tiny.condition,
        sample_weight=weight,
        batch_size=4,
        validation_data=(tiny.x[:4], tiny.condition[:4]),
        verbose=0,
    ).history
    assert {"nll", "val_nll"} <= logs.keys()
    held_out = model.evaluate(tiny.x[:4], tiny.condition[:4], verbose=0)
    np.testing.assert_allclose(logs["val_nll"][-1], held_out["nll"], rtol=1e-5)
    model.fit(tiny.x, tiny.condition, validation_split=0.25, verbose=0)


def test_float64_data_reaches_a_float64_model_whole():
    model = RealNVP(2, 2, (4,), dtype="float64")
    x = np.array([[1.0 + 1e-12, 0.0]])
    model.compile("sgd", run_eagerly=True)
    nll = model.evaluate(x, verbose=0)["nll"]
    np.testing.assert_allclose(nll, np.float32(-model.log_prob(x)[0]), rtol=1e-7)
    (first,) = next(iter(in_batches({"x": x})["x"]))
    assert first.dtype == tf.float64


class _End(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.start = time.perf_counter()

    def on_train_end(self, logs=None):
        self.seconds = time.perf_counter() - self.start


def test_fit_returns_when_training_ends():
    # After 0.7 s the tuning thread would sleep for 1.28 s: time at the end of training
    # against time at the return, in one run, so that a slow machine changes nothing.
    model = RealNVP(2, 2, (4,))
    model.compile("sgd")
    rows = np.zeros([32, 2], "float32")
    data = tf.data.Dataset.from_tensor_slices(rows).batch(32)
    data = data.map(lambda x: x, num_parallel_calls=tf.data.AUTOTUNE).repeat()

    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = time.perf_counter() - end.start > 1.4

    end = _End()
    model.fit(data.take(100_000), epochs=1, verbose=0, callbacks=[end, Stop()])
    returned = time.perf_counter() - end.start
    assert returned / end.seconds < 1.3


def test_untuned_keeps_the_elements():
    assert list(untuned(tf.data.Dataset.range(3)).as_numpy_iterator()) == [0, 1, 2]
