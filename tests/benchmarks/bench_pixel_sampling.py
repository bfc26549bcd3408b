"""Times sampling position by position: cached steps, whole passes, and TFP's PixelCNN.

python tests/benchmarks/bench_pixel_sampling.py --case "6 x 32"

A case takes minutes; each has a table of its own.
"""

import math
import pathlib
import sys
import tempfile

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import harness

ABOUT = """
A step is one position of all samples of a batch: a pixel of 28 x 28, an amplitude of
2,048, a character of 256. `sample` keeps what it computed of earlier positions, by XLA
or as a graph; "exported" is the same graph in a SavedModel. The naive loops call our
network as a whole for each position, inside one compiled loop, on the same weights and
the same noise, and the first samples of all are compared. TFP's `tfd.PixelCNN` is
another network, the PixelCNN++, here of one resolution with as many filters and about
as many weights as the smaller of the gated ones; each of its pixels is a call of its
network and a draw, as in its own sampler. Loops that would take minutes are timed over
their first positions, which all cost the same, and scaled.
"""
# Positions of a loop that is not timed as a whole, by the size of the batch.
TIMED = {1: 40, 16: 40, 64: 8, 256: 4}
NETWORKS = {
    "GatedPixelCNN 6 x 32": (
        "GatedPixelCNN",
        {"event_shape": (28, 28, 1), "num_blocks": 6, "filters": 32, "num_levels": 2},
    ),
    "GatedPixelCNN 6 x 64": (
        "GatedPixelCNN",
        {"event_shape": (28, 28, 1), "num_blocks": 6, "filters": 64, "num_levels": 2},
    ),
    "WaveNet of 20 layers": ("WaveNet", {"length": 2048, "skip_filters": 64}),
    "CharTransformer of 4 layers": (
        "CharTransformer",
        {"vocabulary": [chr(33 + i) for i in range(65)], "length": 256},
    ),
}


def make_model(network):
    tf = harness.tensorflow()
    import keras

    from genkeras import zoo

    keras.utils.set_random_seed(0)
    name, options = NETWORKS[network]
    return tf, getattr(zoo, name)(**options, seed=0)


def count(model):
    return sum(math.prod(v.shape) for v in model.trainable_variables)


def answer(samples):
    """The mean of the first positions, of which a few draws lie on an edge."""
    first = np.reshape(samples, [len(samples), -1])[:, : TIMED[len(samples)]]
    return 1.0 + float(np.mean(first))


# === genkeras ===
def trial(sample, model, part=1.0):
    """One call for all steps: they are its positions."""

    def run(_):
        sample()

    return harness.Trial(run, count(model), answer(sample()), part)


def cached(jit_compile):
    def make(network, batch_size):
        _, model = make_model(network)

        def sample():
            return model.sample(batch_size, seed=0, jit_compile=jit_compile).numpy()

        return trial(sample, model)

    return make


def exported(network, batch_size):
    tf, model = make_model(network)
    with tempfile.TemporaryDirectory() as folder:
        model.export(f"{folder}/1", verbose=False)
        sampler = tf.saved_model.load(f"{folder}/1").signatures["sample"]
    given = {"num_samples": tf.constant(batch_size), "seed": tf.constant([0, 0])}

    def sample():
        return sampler(**given)["samples"].numpy()

    return trial(sample, model)


def naive(jit_compile):
    """A whole pass for each position, inside one compiled loop."""

    def make(network, batch_size):
        tf, model = make_model(network)
        positions, timed = math.prod(model.positions), TIMED[batch_size]

        def fill(noise):
            def body(t, x):
                image = tf.reshape(x, [batch_size, *model.positions, 1])
                params = model._params(image, None)
                params = tf.reshape(params, [batch_size, positions, -1])[:, t]
                drawn = model.head.draw(params, noise[:, t], temperature=1.0)
                here = tf.equal(tf.range(positions), t)[None, :, None]
                return t + 1, tf.where(here, drawn[:, None], x)

            start = (tf.constant(0), tf.zeros([batch_size, positions, 1]))
            condition = lambda t, x: t < timed  # noqa: E731 (of one use)
            return tf.while_loop(condition, body, start, maximum_iterations=timed)[1]

        noise = tf.reshape(
            model._noise(batch_size, tf.constant([0, 0])), [batch_size, positions, -1]
        )
        compiled = tf.function(fill, jit_compile=jit_compile)

        def sample():
            return compiled(noise).numpy()

        return trial(sample, model, timed / positions)

    return make


# === TFP ===
def tfp_pixel_cnn(network, batch_size):
    """Its network and its draw for each pixel, as `tfd.PixelCNN` samples."""
    tf = harness.tensorflow()
    import tensorflow_probability as tfp

    image, timed = (28, 28, 1), TIMED[batch_size]
    p = tfp.distributions.PixelCNN(
        image,
        num_resnet=1,
        num_hierarchies=1,
        num_filters=32,
        num_logistic_mix=1,
        dropout_p=0.0,
        high=1,
        use_weight_norm=False,
        use_data_init=False,
    )
    p.log_prob(tf.zeros([1, *image]))
    weights = sum(math.prod(v.shape) for v in p.network.trainable_weights)
    print(f"tfd.PixelCNN has {weights:,} weights", file=sys.stderr)

    @tf.function
    def fill(seed):
        def body(t, x):
            new = p._sample_channels(*p.network(x, training=False), seed=seed)
            here = tf.equal(tf.range(math.prod(image)), t)
            return t + 1, tf.where(tf.reshape(here, [1, *image]), new, x)

        start = (tf.constant(0), tf.zeros([batch_size, *image]))
        condition = lambda t, x: t < timed  # noqa: E731 (of one use)
        return tf.while_loop(condition, body, start, maximum_iterations=timed)[1]

    def run(_):
        fill(tf.constant([0, 0])).numpy()

    return harness.Trial(run, None, part=timed / math.prod(image))


COMPETITORS = {
    "sample, XLA": cached(jit_compile=True),
    "sample, graph": cached(jit_compile=False),
    "exported": exported,
    "naive, XLA": naive(jit_compile=True),
    "naive, graph": naive(jit_compile=False),
    "tfd.PixelCNN": tfp_pixel_cnn,
}


def case(network, batch_size, positions, num_parameters):
    options = {"network": network, "batch_size": batch_size}
    without = () if "Gated" in network else ("tfd.PixelCNN",)
    name = f"{network}, batches of {batch_size}"
    return harness.Case(name, options, positions, num_parameters, without)


SIZES = {
    "GatedPixelCNN 6 x 32": (784, 116_673),
    "GatedPixelCNN 6 x 64": (784, 458_561),
    "WaveNet of 20 layers": (2048, 176_576),
    "CharTransformer of 4 layers": (256, 842_817),
}

if __name__ == "__main__":
    harness.main(
        harness.Benchmark(
            name="pixel_sampling",
            title="Sampling position by position",
            about=ABOUT,
            cases=[
                case(network, batch_size, *sizes)
                for network, sizes in SIZES.items()
                for batch_size in (1, 16, 64, 256)
            ],
            competitors=COMPETITORS,
            packages=("tensorflow", "keras", "tensorflow-probability"),
        )
    )
