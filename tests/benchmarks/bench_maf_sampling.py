"""Times sampling from one autoregressive layer: genkeras, TFP and zuko.

python tests/benchmarks/bench_maf_sampling.py
"""

import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import harness

ABOUT = """
A step is one batch of 256 samples from a single masked autoregressive layer of affine
transformers on a ReLU network. genkeras and TFP have the same weights and the same
noise, and their samples are compared. zuko has its own weights, and draws its noise
inside the step, which is next to nothing beside the rest. TFP and zuko call the whole
network once for each feature; genkeras solves block by block.
"""


def num_parameters(features, hidden_units, **_):
    """Counted by hand, masked weights included: they are stored."""
    widths = [features, *hidden_units, 2 * features]
    return sum((a + 1) * b for a, b in zip(widths, widths[1:], strict=False))


# === TensorFlow ===
def genkeras_layer(features, hidden_units):
    """The layer, moved off the start, where its samples would be the noise."""
    from genkeras.layers import MaskedAutoregressive

    layer = MaskedAutoregressive(hidden_units)
    layer.build((None, features))
    rng = np.random.default_rng(0)
    for v in layer.trainable_variables:
        v.assign(0.02 * rng.normal(size=v.shape))
    return layer


def genkeras_bijector(layer):
    return layer.bijector()


def tfp_bijector(layer):
    """TFP's own on our network: it calls the network `D` times."""
    import tensorflow_probability as tfp

    def affine(y, **_):
        return layer._transformer(layer.made(y))

    return tfp.bijectors.MaskedAutoregressiveFlow(bijector_fn=affine)


def tensorflow_sampler(make_bijector, *, jit_compile):
    def make(features, hidden_units, batch_size):
        tf = harness.tensorflow()
        layer = genkeras_layer(features, hidden_units)
        z = tf.random.stateless_normal([batch_size, features], seed=(0, 1))

        @tf.function(jit_compile=jit_compile)
        def step(z):
            return make_bijector(layer).forward(z)

        def run(num_steps):
            for _ in range(num_steps):
                step(z).numpy()

        count = sum(int(np.prod(v.shape)) for v in layer.trainable_variables)
        return harness.Trial(run, count, float(tf.reduce_mean(tf.abs(step(z)))))

    return make


# === PyTorch ===
def zuko_sampler(features, hidden_units, batch_size):
    torch = harness.pytorch()
    import zuko

    torch.manual_seed(0)
    flow = zuko.flows.MAF(features, transforms=1, hidden_features=hidden_units)

    def run(num_steps):
        with torch.no_grad():
            for _ in range(num_steps):
                flow().sample((batch_size,))

    return harness.Trial(run, sum(p.numel() for p in flow.parameters()))


COMPETITORS = {
    "genkeras": tensorflow_sampler(genkeras_bijector, jit_compile=False),
    "genkeras, jit": tensorflow_sampler(genkeras_bijector, jit_compile=True),
    "TFP": tensorflow_sampler(tfp_bijector, jit_compile=False),
    "TFP, jit": tensorflow_sampler(tfp_bijector, jit_compile=True),
    "zuko": zuko_sampler,
}


def case(features, num_steps):
    options = {"features": features, "hidden_units": (512, 512), "batch_size": 256}
    return harness.Case(
        f"D = {features}", options, num_steps, num_parameters(**options)
    )


if __name__ == "__main__":
    harness.main(
        harness.Benchmark(
            name="maf_sampling",
            title="Sampling from a masked autoregressive flow",
            about=ABOUT,
            cases=[case(16, 20), case(64, 10), case(256, 3)],
            competitors=COMPETITORS,
            packages=("tensorflow", "keras", "tensorflow-probability", "torch", "zuko"),
        )
    )
