"""Times sampling from one autoregressive layer: ours against TFP's, same weights.

    python tests/benchmarks/bench_maf_sampling.py

Prints milliseconds for a batch, and the largest difference of the two samples.
"""

import statistics
import time

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from genkeras.layers import MaskedAutoregressive

tfb = tfp.bijectors
BATCH, HIDDEN, REPEATS = 256, (512, 512), 10


def samplers(features, *, jit_compile=False):
    """The same layer, sampled by us and by TFP."""
    layer = MaskedAutoregressive(HIDDEN)
    layer.build((None, features))
    rng = np.random.default_rng(0)
    for v in layer.trainable_variables:
        v.assign_add(0.02 * rng.normal(size=v.shape))

    def ours(z):
        return layer.bijector().forward(z)

    def theirs(z):
        def affine(y, **_):
            return layer._transformer(layer.made(y))

        return tfb.MaskedAutoregressiveFlow(bijector_fn=affine).forward(z)

    return [tf.function(f, jit_compile=jit_compile) for f in (ours, theirs)]


def milliseconds(function, z):
    function(tf.identity(z))
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        function(tf.identity(z)).numpy()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def main():
    """Prints the table."""
    print(f"batch {BATCH}, hidden {HIDDEN}, median of {REPEATS}, ms")
    print("    D     ours      TFP   ratio  largest difference")
    for features in (16, 64, 256):
        z = tf.random.stateless_normal([BATCH, features], seed=(0, 1))
        ours, theirs = samplers(features)
        apart = float(tf.reduce_max(abs(ours(z) - theirs(z))))
        a, b = milliseconds(ours, z), milliseconds(theirs, z)
        print(f"{features:5d} {a:8.2f} {b:8.2f} {b / a:6.1f}x  {apart:.1e}")


if __name__ == "__main__":
    main()
