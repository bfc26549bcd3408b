"""Times the 1x1 convolution that samples run through: genkeras, an einsum, and TFP.

python tests/benchmarks/bench_invertible_linear.py
"""

import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import harness

ABOUT = """
A step maps a batch of 64 images from noise to data by the inverse of a matrix that is
held as its LU factors, as in Glow. The einsum is the floor: the inverse lies ready, as
it does for nobody whose weights still change. genkeras inverts the matrix once for the
batch; `tfb.ScaleMatvecLU` solves for every pixel. All have the same matrix, and their
outputs are compared.
"""


def genkeras_layer(channels):
    from genkeras.layers import InvertibleLinear

    layer = InvertibleLinear(seed=0)
    layer.build((None, channels))
    rng = np.random.default_rng(0)
    for v in layer.trainable_variables:
        v.assign_add(0.02 * rng.normal(size=v.shape))
    return layer


def genkeras_step(layer):
    return lambda x: layer.bijector().forward(x)


def einsum_step(layer):
    import tensorflow as tf

    inverse = tf.constant(layer._inverse_matrix().numpy())
    # The order of the operands matters: "ij,bhwj->bhwi" transposes, and takes longer.
    return lambda x: tf.einsum("bhwj,ij->bhwi", x, inverse)


def tfp_step(layer):
    """`P L U` of the matrix from data to noise, which TFP inverts."""
    import tensorflow as tf
    import tensorflow_probability as tfp

    factors, permutation = tf.linalg.lu(layer._matrix())
    factors, permutation = tf.Variable(factors), tf.constant(permutation)

    def step(x):
        bijector = tfp.bijectors.ScaleMatvecLU(factors, permutation)
        return bijector.inverse(x)

    return step


def competitor(make_step, *, jit_compile=False):
    def make(channels, side, batch_size):
        tf = harness.tensorflow()
        layer = genkeras_layer(channels)
        step = tf.function(make_step(layer), jit_compile=jit_compile)
        shape = [batch_size, side, side, channels]
        x = tf.random.stateless_normal(shape, seed=(0, 1))
        weights = tf.random.stateless_normal(shape, seed=(0, 2))

        def run(num_steps):
            for _ in range(num_steps):
                step(tf.identity(x)).numpy()

        count = sum(int(np.prod(v.shape)) for v in layer.trainable_variables)
        answer = float(tf.reduce_sum(weights * step(x)))
        return harness.Trial(run, count, answer)

    return make


COMPETITORS = {
    "genkeras": competitor(genkeras_step),
    "genkeras, jit": competitor(genkeras_step, jit_compile=True),
    "einsum, inverse ready": competitor(einsum_step),
    "tfb.ScaleMatvecLU": competitor(tfp_step),
    "tfb.ScaleMatvecLU, jit": competitor(tfp_step, jit_compile=True),
}


def case(channels, side):
    options = {"channels": channels, "side": side, "batch_size": 64}
    name = f"{channels} channels, {side} x {side} pixels"
    return harness.Case(name, options, 100, channels**2 + channels)


if __name__ == "__main__":
    harness.main(
        harness.Benchmark(
            name="invertible_linear",
            title="Sampling through an invertible 1x1 convolution",
            about=ABOUT,
            cases=[case(12, 16), case(48, 8)],
            competitors=COMPETITORS,
            packages=("tensorflow", "keras", "tensorflow-probability"),
        )
    )
