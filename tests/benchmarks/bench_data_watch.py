"""Times what the look at the data costs in `fit`, and holds it to 2 %.

    python tests/benchmarks/bench_data_watch.py

RealNVP over 2 features and 200,000 examples, trained with and without the watch, in
turns in one process. An epoch of each is one round; what is compared are the medians.
"""

import statistics
import sys
import time

import keras
import numpy as np

from genkeras.zoo import RealNVP

ROUNDS, TARGET = 9, 0.02


def make(*, watched):
    keras.utils.set_random_seed(0)
    model = RealNVP(2, seed=0)
    model.compile("adam", jit_compile=True, steps_per_execution=20)
    if not watched:
        model._watches.train.look = lambda *args, **kwargs: None
        model._watches.train.report = lambda *args: None
    return model


def seconds(model, x):
    start = time.process_time()
    model.fit(x, batch_size=250, verbose=0)
    return time.process_time() - start


def main():
    x = np.random.default_rng(0).normal(size=(200_000, 2)).astype("float32")
    models = {name: make(watched=name == "watched") for name in ("watched", "bare")}
    times = {name: [] for name in models}
    for i in range(ROUNDS + 1):
        for name in list(models)[:: 1 if i % 2 else -1]:
            spent = seconds(models[name], x)
            if i:  # the first round traces
                times[name].append(spent)
    ratios = [a / b for a, b in zip(times["watched"], times["bare"], strict=True)]
    cost = statistics.median(ratios) - 1.0
    for name, spent in times.items():
        print(f"{name}: {statistics.median(spent):.2f} s of CPU an epoch")
    print(f"the look at the data costs {cost:.1%} (target {TARGET:.0%})")
    return cost > TARGET


if __name__ == "__main__":
    sys.exit(main())
