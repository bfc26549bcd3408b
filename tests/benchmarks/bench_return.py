"""Times how long `fit`, `evaluate` and `predict` take to return, and holds it to 5 %.

    python tests/benchmarks/bench_return.py

A pipeline that TensorFlow tunes has a thread that sleeps for longer each time, and who
destroys an iterator waits for it. So what is compared, for runs of 1, 3, 6 and 12
seconds, is the time from the first batch to the return with the time in which batches
were worked on: from the first to the last batch of every pass, the last one waited for.
The same runs of Keras's own model stand beside.
"""

import argparse
import datetime
import os
import pathlib
import sys
import time

import keras
import numpy as np
import tensorflow as tf

from genkeras.zoo import VAE

SECONDS, TARGET = (1, 3, 6, 12), 1.05
BATCH_SIZE, NUM_BATCHES = 100, 20
RESULTS = pathlib.Path(__file__).parent / "results" / "return.md"


class Passes(keras.callbacks.Callback):
    """When each pass over the data had its first batch, and its last."""

    step_counts = ()  # may be called after several steps

    def __init__(self):
        super().__init__()
        self.passes = []
        self._fresh = True

    def _begin(self, batch, logs=None):
        if self._fresh:
            self.passes.append([time.perf_counter(), None])
            self._fresh = False

    def _end(self, batch, logs=None):
        self.passes[-1][1] = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        # The logs have been waited for.
        self.passes[-1][1] = time.perf_counter()
        self._fresh = True

    on_train_batch_begin = on_test_batch_begin = on_predict_batch_begin = _begin
    on_train_batch_end = on_test_batch_end = on_predict_batch_end = _end

    def ratio(self):
        """Of the time up to now to that in which batches were worked on."""
        worked = sum(end - start for start, end in self.passes)
        return (time.perf_counter() - self.passes[0][0]) / worked, worked


def make_genkeras():
    model = VAE((28, 28, 1), 50, hidden_units=(200, 200), seed=0)
    model.compile("adam", jit_compile=True)
    return model


def make_keras():
    sizes = (200, 200, 100, 200, 200, 784)
    layers = [keras.layers.Dense(n, activation="tanh") for n in sizes]
    shape = (28, 28, 1)
    model = keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Flatten(),
            *layers,
            keras.layers.Reshape(shape),
        ]
    )
    model.compile("adam", "mse", jit_compile=True)
    return model


def make_arrays(num_batches):
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(num_batches * BATCH_SIZE, 28, 28, 1)) < 0.5
    return x.astype("float32")


def dataset(x, *, with_target):
    """A pipeline as users write it, with a parallel map."""
    data = tf.data.Dataset.from_tensor_slices(x).batch(BATCH_SIZE)
    data = data.map(tf.identity, num_parallel_calls=tf.data.AUTOTUNE)
    if with_target:
        data = data.map(lambda x: (x, x))
    return data.prefetch(tf.data.AUTOTUNE)


def ways(model, *, with_target):
    """Functions of a number of passes over the data and of callbacks, by name."""
    x = make_arrays(NUM_BATCHES)
    data = dataset(x, with_target=with_target)
    target = {"y": x} if with_target else {}
    quiet = {"verbose": 0}

    def stacked(n):
        return np.concatenate([x] * n)

    def fit_arrays(n, calls):
        model.fit(
            x, **target, batch_size=BATCH_SIZE, epochs=n, callbacks=calls, **quiet
        )

    def fit_finite(n, calls):
        model.fit(data, epochs=n, callbacks=calls, **quiet)

    def fit_one_pass(n, calls):
        model.fit(data.repeat(n), callbacks=calls, **quiet)

    def fit_endless(n, calls):
        model.fit(
            data.repeat(),
            steps_per_epoch=NUM_BATCHES,
            epochs=n,
            callbacks=calls,
            **quiet,
        )

    def evaluate_arrays(n, calls):
        y = {"y": stacked(n)} if with_target else {}
        model.evaluate(stacked(n), **y, batch_size=BATCH_SIZE, callbacks=calls, **quiet)

    def evaluate_dataset(n, calls):
        model.evaluate(data.repeat(n), callbacks=calls, **quiet)

    def evaluate_endless(n, calls):
        steps = n * NUM_BATCHES
        model.evaluate(data.repeat(), steps=steps, callbacks=calls, **quiet)

    def predict_arrays(n, calls):
        model.predict(stacked(n), batch_size=BATCH_SIZE, callbacks=calls, **quiet)

    def predict_dataset(n, calls):
        model.predict(data.repeat(n), callbacks=calls, **quiet)

    return {
        "fit, arrays": fit_arrays,
        "fit, data set, a pass an epoch": fit_finite,
        "fit, repeated data set, one pass": fit_one_pass,
        "fit, endless data set": fit_endless,
        "evaluate, arrays": evaluate_arrays,
        "evaluate, data set": evaluate_dataset,
        "evaluate, endless data set": evaluate_endless,
        "predict, arrays": predict_arrays,
        "predict, data set": predict_dataset,
    }


def measure(way, seconds, pass_seconds):
    passes = Passes()
    way(max(1, round(seconds / pass_seconds)), [passes])
    return passes.ratio()


def measure_way(way):
    """Returns the ratio, and the seconds of work, of each duration."""
    way(1, [])  # traces
    few = Passes()
    way(3, [few])
    pass_seconds = few.ratio()[1] / 3
    return [measure(way, seconds, pass_seconds) for seconds in SECONDS]


def report(rows):
    head = " | ".join(f"{n} s" for n in SECONDS)
    lines = [
        "# Return times",
        "",
        " ".join(__doc__.split("\n\n")[2].split()),
        "",
        f"Target: {TARGET}. In brackets the seconds of work.",
        "",
        f"| | {head} |",
        "| --- |" + " ---: |" * len(SECONDS),
    ]
    for name, pairs in rows.items():
        cells = " | ".join(f"{ratio:.3f} ({work:.1f})" for ratio, work in pairs)
        lines.append(f"| {name} | {cells} |")
    date = datetime.datetime.now(datetime.UTC).date()
    versions = f"tensorflow {tf.__version__}, keras {keras.__version__}"
    return "\n".join([*lines, "", f"{date}, {os.cpu_count()} cores; {versions}.", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="part of the names of the rows")
    parser.add_argument("--dry", action="store_true", help="print, and keep no file")
    arguments = parser.parse_args()
    rows = {}
    for library, make in (("genkeras", make_genkeras), ("Keras alone", make_keras)):
        alone = library != "genkeras"
        for name, way in ways(make(), with_target=alone).items():
            name = f"{library}: {name}"
            if arguments.only in name:
                rows[name] = measure_way(way)
                print(name, rows[name], file=sys.stderr, flush=True)
    text = report(rows)
    print(text)
    if not arguments.dry:
        RESULTS.write_text(text)
    ours = [n for name, pairs in rows.items() if "genkeras" in name for n, _ in pairs]
    return max(ours, default=0.0) > TARGET


if __name__ == "__main__":
    sys.exit(main())
