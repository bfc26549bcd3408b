"""Times a training step of RealNVP: genkeras, TFP by hand, and three PyTorch libraries.

The same flow for all: affine couplings that swap halves, one ReLU network each, a
standard normal base, Adam on the mean of `-log p(x)`.

    python tests/benchmarks/bench_real_nvp.py
"""

import itertools
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import harness

ABOUT = """
One training step of RealNVP: forward, backward, Adam. All have the same couplings on
the same halves, widths, batch, optimizer and learning rate, in float32, on batches that
lie in memory as tensors. They differ in how the log scale is bounded: by tanh in
genkeras, a softsign in zuko, a sigmoid in nflows, not at all in normflows and by hand.
`fit` is the whole of Keras's training loop, as `compile` leaves it to a user; the
others run the shortest loop that their library allows, with PyTorch's fused Adam.
"""
NUM_BATCHES = 16


def num_parameters(features, num_couplings, hidden_units, **_):
    """Counted by hand, for an even number of features."""
    widths = [features // 2, *hidden_units, features]
    layers = itertools.pairwise(widths)
    return num_couplings * sum((a + 1) * b for a, b in layers)


def make_batches(features, batch_size):
    """`[N, B, D]` floats with structure to learn: features that hang together."""
    rng = np.random.default_rng(0)
    rank = max(1, features // 4)
    mix = rng.normal(size=(rank, features)) / np.sqrt(rank)
    x = rng.normal(size=(NUM_BATCHES, batch_size, rank)) @ mix
    return (x + 0.3 * rng.normal(size=x.shape)).astype("float32")


# === TensorFlow ===
def _count(variables):
    return sum(int(np.prod(v.shape)) for v in variables)


def genkeras_model(options, **compile_options):
    """A compiled model and an endless data set."""
    tf = harness.tensorflow()
    import keras

    from genkeras.zoo import RealNVP

    options = dict(options)
    batch_size = options.pop("batch_size")
    learning_rate = options.pop("learning_rate")
    model = RealNVP(**options, seed=0)
    model.compile(keras.optimizers.Adam(learning_rate), **compile_options)
    batches = make_batches(options["features"], batch_size)
    return tf, model, tf.data.Dataset.from_tensor_slices(batches).repeat()


def genkeras_fit(**compile_options):
    """`model.fit`, as users call it."""

    def make(**options):
        _, model, data = genkeras_model(options, **compile_options)

        def run(num_steps):
            history = model.fit(data, steps_per_epoch=num_steps, verbose=0)
            return history.history["loss"][-1]

        return harness.Trial(run, _count(model.trainable_variables))

    return make


def genkeras_loop(jit_compile):
    """`model.train_step` in a bare loop: what is left when `fit` is taken away."""

    def make(**options):
        tf, model, data = genkeras_model(options, jit_compile=jit_compile)
        step = tf.function(model.train_step, jit_compile=jit_compile)
        batches = list(data.take(NUM_BATCHES))

        def run(num_steps):
            model.reset_metrics()
            for x in itertools.islice(itertools.cycle(batches), num_steps):
                logs = step((x,))
            return float(logs["loss"])

        return harness.Trial(run, _count(model.trainable_variables))

    return make


def tfp_by_hand(jit_compile):
    """`tfb.RealNVP` on Keras networks, and a step written out in a `tf.function`."""

    def make(features, num_couplings, hidden_units, batch_size, learning_rate):
        tf = harness.tensorflow()
        import keras
        import tensorflow_probability as tfp

        tfb, tfd = tfp.bijectors, tfp.distributions
        half = features // 2
        nets = [
            keras.Sequential(
                [
                    keras.Input((half,)),
                    *(keras.layers.Dense(n, activation="relu") for n in hidden_units),
                    keras.layers.Dense(features, kernel_initializer="zeros"),
                ]
            )
            for _ in range(num_couplings)
        ]
        variables = [v for net in nets for v in net.trainable_variables]
        optimizer = keras.optimizers.Adam(learning_rate)
        optimizer.build(variables)

        def coupling(net, num_masked):
            return tfb.RealNVP(
                num_masked,
                shift_and_log_scale_fn=lambda x, _: tf.split(net(x), 2, axis=-1),
            )

        @tf.function(jit_compile=jit_compile)
        def step(x):
            flow = tfb.Chain(
                [coupling(net, half if i % 2 else -half) for i, net in enumerate(nets)]
            )
            base = tfd.MultivariateNormalDiag(tf.zeros(features), tf.ones(features))
            with tf.GradientTape() as tape:
                p = tfd.TransformedDistribution(base, flow)
                loss = -tf.reduce_mean(p.log_prob(x))
            values = [v.value for v in variables]
            optimizer.apply(tape.gradient(loss, values), variables)
            return loss

        batches = [tf.constant(x) for x in make_batches(features, batch_size)]

        def run(num_steps):
            for x in itertools.islice(itertools.cycle(batches), num_steps):
                loss = step(x)
            return float(loss)

        return harness.Trial(run, _count(variables))

    return make


# === PyTorch ===
def zuko_flow(features, num_couplings, hidden_units):
    """Returns the flow and its log density."""
    import torch
    import zuko
    from zuko.flows.coupling import GeneralCouplingTransform

    first = torch.arange(features) < features // 2
    transforms = [
        GeneralCouplingTransform(
            features, mask=first if i % 2 else ~first, hidden_features=hidden_units
        )
        for i in range(num_couplings)
    ]
    base = zuko.flows.UnconditionalDistribution(
        zuko.distributions.DiagNormal,
        torch.zeros(features),
        torch.ones(features),
        buffer=True,
    )
    flow = zuko.flows.Flow(transforms, base)
    return flow, lambda x: flow().log_prob(x)


def nflows_flow(features, num_couplings, hidden_units):
    """Returns the flow and its log density."""
    import nflows.nn.nets
    import torch
    from nflows import distributions, flows, transforms

    class Net(nflows.nn.nets.MLP):
        # A coupling hands its network a context, which this one does not take.
        def forward(self, inputs, context=None):
            return super().forward(inputs)

    second = torch.arange(features) >= features // 2
    couplings = [
        transforms.AffineCouplingTransform(
            (second if i % 2 else ~second).int(),
            lambda given, out: Net((given,), (out,), hidden_units),
        )
        for i in range(num_couplings)
    ]
    base = distributions.StandardNormal([features])
    flow = flows.Flow(transforms.CompositeTransform(couplings), base)
    return flow, flow.log_prob


def normflows_flow(features, num_couplings, hidden_units):
    """Returns the flow and its log density."""
    import normflows

    parts = []
    for _ in range(num_couplings):
        net = normflows.nets.MLP(
            [features // 2, *hidden_units, features], init_zeros=True
        )
        parts.append(normflows.flows.AffineCouplingBlock(net))
        parts.append(normflows.flows.Permute(features, mode="swap"))
    base = normflows.distributions.DiagGaussian(features, trainable=False)
    flow = normflows.NormalizingFlow(base, parts)
    return flow, flow.log_prob


def pytorch(make_flow, *, compiled):
    """The usual loop, eager or through `torch.compile`."""

    def make(features, num_couplings, hidden_units, batch_size, learning_rate):
        torch = harness.pytorch()
        torch.manual_seed(0)
        flow, log_prob = make_flow(features, num_couplings, hidden_units)
        parameters = [p for p in flow.parameters() if p.requires_grad]
        optimizer = torch.optim.Adam(parameters, learning_rate, fused=True)
        batches = torch.from_numpy(make_batches(features, batch_size))

        def loss_of(x):
            return -log_prob(x).mean()

        if compiled:
            loss_of = torch.compile(loss_of)

        def run(num_steps):
            for x in itertools.islice(itertools.cycle(batches), num_steps):
                optimizer.zero_grad()
                loss = loss_of(x)
                loss.backward()
                optimizer.step()
            return loss.item()

        return harness.Trial(run, sum(p.numel() for p in parameters))

    return make


def flow_by_hand(features, num_couplings, hidden_units):
    """Returns a list of networks, and the log density written out."""
    import torch

    half = features // 2
    widths = [half, *hidden_units]
    nets = torch.nn.ModuleList()
    for _ in range(num_couplings):
        layers = []
        for a, b in itertools.pairwise(widths):
            layers += [torch.nn.Linear(a, b), torch.nn.ReLU()]
        last = torch.nn.Linear(widths[-1], features)
        torch.nn.init.zeros_(last.weight)
        torch.nn.init.zeros_(last.bias)
        nets.append(torch.nn.Sequential(*layers, last))

    def log_prob(x):
        first, second = x.chunk(2, dim=-1)
        log_det = 0.0
        for net in nets:
            shift, log_scale = net(first).chunk(2, dim=-1)
            first, second = second * torch.exp(log_scale) + shift, first
            log_det = log_det + log_scale.sum(-1)
        squares = (first**2).sum(-1) + (second**2).sum(-1)
        return log_det - 0.5 * squares - 0.5 * features * np.log(2.0 * np.pi)

    return nets, log_prob


FLOWS = {
    "PyTorch by hand": flow_by_hand,
    "zuko": zuko_flow,
    "nflows": nflows_flow,
    "normflows": normflows_flow,
}

COMPETITORS = {
    "genkeras fit": genkeras_fit(),
    "genkeras fit, one step a call": genkeras_fit(steps_per_execution=1),
    "genkeras train_step": genkeras_loop(jit_compile=False),
    "genkeras train_step, jit": genkeras_loop(jit_compile=True),
    "TFP by hand": tfp_by_hand(jit_compile=False),
    "TFP by hand, jit": tfp_by_hand(jit_compile=True),
    **{name: pytorch(flow, compiled=False) for name, flow in FLOWS.items()},
    **{f"{n}, compiled": pytorch(flow, compiled=True) for n, flow in FLOWS.items()},
}


def case(name, num_steps, **options):
    options = {"batch_size": 256, "num_couplings": 8, "learning_rate": 1e-4, **options}
    count = num_parameters(**options)
    # Forward, and backward to inputs and to weights: two operations a weight each.
    operations = 6.0 * options["batch_size"] * count
    return harness.Case(name, options, num_steps, count, operations=operations)


if __name__ == "__main__":
    harness.main(
        harness.Benchmark(
            name="real_nvp",
            title="RealNVP, one training step",
            about=ABOUT,
            cases=[
                case("D = 2", 400, features=2, hidden_units=(64, 64)),
                case("D = 784", 10, features=784, hidden_units=(256, 256)),
            ],
            competitors=COMPETITORS,
            packages=(
                "tensorflow",
                "keras",
                "tensorflow-probability",
                "torch",
                "zuko",
                "nflows",
                "normflows",
            ),
        )
    )
