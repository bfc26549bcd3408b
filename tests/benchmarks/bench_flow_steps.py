"""Times a training step of MAF, a neural spline flow and Glow, beside other libraries.

python tests/benchmarks/bench_flow_steps.py
"""

import itertools
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import densities
import flows_by_hand
import harness

ABOUT = """
One training step, forward, backward and Adam, in float32 on batches that lie in memory
as tensors, of three flows at sizes that users have: a masked autoregressive flow over
the 63 features of BSDS300 with the widths of its paper, a neural spline flow of
couplings and LU matrices over the 43 features of MiniBooNE, and Glow over colour images
of 32 by 32 at two scales of eight steps. `fit` is the whole of Keras's training loop,
as `compile` leaves it to a user; `train_step` stands in a bare loop; the others run the
shortest loop that their library allows, PyTorch with the fused Adam.

The layers are the same, in the same order and of the same widths. The libraries bound
the log scale of an affine map each in its own way. flowjax, under `jax.jit` with Adam
of optax, keeps its layers in a scan. Only genkeras and PyTorch by hand have a Glow with
the learned prior of the paper; normflows and nflows have no such thing, and sit out, as
do the libraries whose spline layers stand on networks of another kind.
"""


# === Counting by hand ===
def _mlp_size(*widths):
    return sum((a + 1) * b for a, b in itertools.pairwise(widths))


def num_parameters(kind, **options):
    """Counted by hand; a mask cuts connections, and frees no number."""
    return {"maf": maf_size, "spline": spline_size, "glow": glow_size}[kind](**options)


def maf_size(features, num_layers, hidden_units, **_):
    return num_layers * _mlp_size(features, *hidden_units, 2 * features)


def spline_size(features, num_layers, hidden_units, num_bins, **_):
    total = 2 * features  # the ActNorm
    for i in range(num_layers):
        given = features - features // 2 if i % 2 else features // 2
        moved = features - given
        total += features**2 + features  # a matrix, and a vector for its diagonal
        total += _mlp_size(given, *hidden_units, moved * (3 * num_bins - 1))
    return total


def _conv_size(seen, filters, made):
    return 9 * seen * filters + filters**2 + 9 * filters * made + 2 * filters + made


def glow_size(side, channels, num_scales, num_steps, filters, **_):
    total = 0
    for scale in range(num_scales):
        channels *= 4
        half = channels // 2
        step = _conv_size(half, filters, channels) + channels**2 + 3 * channels
        total += num_steps * step
        if scale < num_scales - 1:
            total += _conv_size(half, filters, channels)  # the prior
            channels = half
    return total + 2 * channels  # the ActNorm of the coarsest noise


def operations(kind, batch_size, **options):
    """Of the matrix products, forward and backward: six a weight that is not cut."""
    if kind != "glow":
        return 6.0 * batch_size * num_parameters(kind, **options)
    total, side, channels = 0, options["side"], options["channels"]
    for scale in range(options["num_scales"]):
        side, channels = side // 2, 4 * channels
        prior = scale < options["num_scales"] - 1
        net = _conv_size(channels // 2, options["filters"], channels)
        steps = options["num_steps"]
        total += side**2 * ((steps + prior) * net + steps * channels**2)
        channels //= 2
    return 6.0 * batch_size * total


# === Data ===
def make_batches(kind, batch_size, **options):
    if kind != "glow":
        return densities.make_batches(options["features"], batch_size)
    shape = (options["side"], options["side"], options["channels"])
    flat = densities.make_batches(int(np.prod(shape)), batch_size)
    return flat.reshape(densities.NUM_BATCHES, batch_size, *shape)


# === genkeras ===
def genkeras_model(kind, **options):
    from genkeras.zoo import MAF, Glow, NeuralSplineFlow

    batches = make_batches(kind, **options)
    options = {k: v for k, v in options.items() if k != "batch_size"}
    if kind == "maf":
        return MAF(**options, act_norm=False, seed=0), batches
    if kind == "spline":
        return NeuralSplineFlow(**options, seed=0), batches
    side, channels = options.pop("side"), options.pop("channels")
    return Glow((side, side, channels), **options, seed=0), batches


# === PyTorch ===
def torch_flow(makers):
    """For `densities.torch_loop`: of functions by kind to a module and a density."""

    def make(kind, **options):
        import torch

        batches = torch.from_numpy(make_batches(kind, **options))
        module, log_prob = makers[kind](**options)
        return module, lambda x: -log_prob(x).mean(), list(batches)

    return make


def _zuko_flow(transforms, features):
    import torch
    import zuko

    base = zuko.lazy.UnconditionalDistribution(
        zuko.distributions.DiagNormal,
        torch.zeros(features),
        torch.ones(features),
        buffer=True,
    )
    flow = zuko.lazy.Flow(transforms, base)
    return flow, lambda x: flow().log_prob(x)


def zuko_maf(features, num_layers, hidden_units, **_):
    import torch
    from zuko.flows.autoregressive import MaskedAutoregressiveTransform

    order = torch.arange(features)
    transforms = [
        MaskedAutoregressiveTransform(
            features,
            order=order.flip(0) if i % 2 else order,
            hidden_features=hidden_units,
        )
        for i in range(num_layers)
    ]
    return _zuko_flow(transforms, features)


def zuko_spline(features, num_layers, hidden_units, num_bins, bound, **_):
    import functools

    import torch
    import zuko
    from zuko.flows.coupling import GeneralCouplingTransform

    def linear(factors, log_diagonal):
        lower, upper = factors.tril(-1), factors.triu(1)
        return zuko.transforms.LULinearTransform(
            lower + log_diagonal.exp().diag() + upper
        )

    def affine(shift, log_scale):
        return zuko.transforms.MonotonicAffineTransform(shift, log_scale)

    spline = functools.partial(zuko.transforms.MonotonicRQSTransform, bound=bound)
    unconditional = zuko.lazy.UnconditionalTransform
    zeros = torch.zeros(features)
    first = torch.arange(features) < features // 2
    transforms = [
        unconditional(
            lambda *phi: zuko.transforms.DependentTransform(affine(*phi), 1),
            zeros.clone(),
            zeros.clone(),
        )
    ]
    for i in reversed(range(num_layers)):
        transforms += [
            GeneralCouplingTransform(
                features,
                mask=~first if i % 2 else first,
                univariate=spline,
                shapes=[(num_bins,), (num_bins,), (num_bins - 1,)],
                hidden_features=hidden_units,
            ),
            unconditional(linear, torch.zeros(features, features), zeros.clone()),
        ]
    return _zuko_flow(transforms, features)


def nflows_maf(features, num_layers, hidden_units, **_):
    from nflows import distributions, flows, transforms

    layers = []
    for _ in range(num_layers):
        layers.append(
            transforms.MaskedAffineAutoregressiveTransform(
                features,
                hidden_units[0],
                num_blocks=len(hidden_units) - 1,
                use_residual_blocks=False,
            )
        )
        layers.append(transforms.ReversePermutation(features))
    base = distributions.StandardNormal([features])
    flow = flows.Flow(transforms.CompositeTransform(layers), base)
    return flow, flow.log_prob


def nflows_spline(features, num_layers, hidden_units, num_bins, bound, **_):
    import nflows.nn.nets
    import torch
    from nflows import distributions, flows, transforms

    class Net(nflows.nn.nets.MLP):
        hidden_features = hidden_units[-1]

        # A coupling hands its network a context, which this one does not take.
        def forward(self, inputs, context=None):
            return super().forward(inputs)

    second = torch.arange(features) >= features // 2
    layers = [transforms.ActNorm(features)]
    for i in reversed(range(num_layers)):
        layers += [
            transforms.PiecewiseRationalQuadraticCouplingTransform(
                (~second if i % 2 else second).int(),
                lambda given, out: Net((given,), (out,), hidden_units),
                num_bins=num_bins,
                tails="linear",
                tail_bound=bound,
            ),
            transforms.LULinear(features),
        ]
    base = distributions.StandardNormal([features])
    flow = flows.Flow(transforms.CompositeTransform(layers), base)
    return flow, flow.log_prob


def normflows_maf(features, num_layers, hidden_units, **_):
    import normflows

    parts = []
    for _ in range(num_layers):
        layer = normflows.flows.MaskedAffineAutoregressive(
            features,
            hidden_units[0],
            num_blocks=len(hidden_units) - 1,
            use_residual_blocks=False,
        )
        parts += [layer, normflows.flows.Permute(features, mode="swap")]
    base = normflows.distributions.DiagGaussian(features, trainable=False)
    flow = normflows.NormalizingFlow(base, parts)
    return flow, flow.log_prob


# === JAX ===
def flowjax_loop(kind, batch_size, learning_rate, features, num_layers, hidden_units):
    """Its own MAF, and a step in `jax.jit`; of `kind` "maf" only."""
    import equinox as eqx
    import jax
    import jax.numpy as jnp
    import optax
    import paramax
    from flowjax.distributions import Normal
    from flowjax.flows import masked_autoregressive_flow

    flow = masked_autoregressive_flow(
        jax.random.key(0),
        base_dist=paramax.non_trainable(Normal(jnp.zeros(features))),
        flow_layers=num_layers,
        nn_width=hidden_units[0],
        nn_depth=len(hidden_units),
    )
    parameters, static = eqx.partition(
        flow,
        eqx.is_inexact_array,
        is_leaf=lambda leaf: isinstance(leaf, paramax.NonTrainable),
    )
    adam = optax.adam(learning_rate)
    moments = adam.init(parameters)

    def loss_of(parameters, x):
        flow = paramax.unwrap(eqx.combine(parameters, static))
        return -flow.log_prob(x).mean()

    def step(parameters, moments, x):
        loss, gradients = jax.value_and_grad(loss_of)(parameters, x)
        updates, moments = adam.update(gradients, moments)
        return eqx.apply_updates(parameters, updates), moments, loss

    step = jax.jit(step, donate_argnums=(0, 1))
    batches = [jnp.asarray(x) for x in densities.make_batches(features, batch_size)]
    state = [parameters, moments]

    def run(num_steps):
        for x in itertools.islice(itertools.cycle(batches), num_steps):
            *state[:], loss = step(*state, x)
        return float(loss)

    return harness.Trial(run, densities.count(jax.tree.leaves(parameters)))


LIBRARIES = {
    "PyTorch by hand": {"maf": flows_by_hand.maf, "glow": flows_by_hand.glow},
    "PyTorch by hand, channels last": {"glow": flows_by_hand.glow_channels_last},
    "zuko": {"maf": zuko_maf, "spline": zuko_spline},
    "nflows": {"maf": nflows_maf, "spline": nflows_spline},
    "normflows": {"maf": normflows_maf},
}
COMPETITORS = {
    **densities.genkeras_rows(genkeras_model),
    **densities.torch_rows({n: torch_flow(by) for n, by in LIBRARIES.items()}),
    "flowjax, jit": flowjax_loop,
}


def case(name, steps_at_once, kind, **options):
    options = {"kind": kind, "learning_rate": 1e-4, **options}
    sizes = {k: v for k, v in options.items() if k != "learning_rate"}
    out = [n for n, makers in LIBRARIES.items() if kind not in makers]
    out += [f"{n}, compiled" for n in out]
    out += [] if kind == "maf" else ["flowjax, jit"]
    return harness.Case(
        name,
        options,
        steps_at_once,
        num_parameters(**options),
        without=tuple(out),
        operations=operations(**sizes),
    )


if __name__ == "__main__":
    harness.main(
        harness.Benchmark(
            name="flow_steps",
            title="MAF, neural spline flow and Glow, one training step",
            about=ABOUT,
            cases=[
                case(
                    "MAF, D = 63",
                    20,
                    kind="maf",
                    batch_size=256,
                    features=63,
                    num_layers=5,
                    hidden_units=(512, 512),
                ),
                case(
                    "neural spline flow, D = 43",
                    20,
                    kind="spline",
                    batch_size=256,
                    features=43,
                    num_layers=5,
                    hidden_units=(128, 128),
                    num_bins=8,
                    bound=3.0,
                ),
                case(
                    "Glow, 32 by 32",
                    2,
                    kind="glow",
                    batch_size=32,
                    side=32,
                    channels=3,
                    num_scales=2,
                    num_steps=8,
                    filters=128,
                ),
            ],
            competitors=COMPETITORS,
            packages=(
                "tensorflow",
                "keras",
                "torch",
                "zuko",
                "nflows",
                "normflows",
                "flowjax",
                "jax",
            ),
        )
    )
