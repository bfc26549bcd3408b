"""Times training steps of autoregressive models: genkeras, and PyTorch by hand.

python tests/benchmarks/bench_autoregressive_steps.py
"""

import itertools
import math
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import harness

ABOUT = """
One training step of maximum likelihood: forward, backward, Adam, in float32, on batches
that lie in memory as tensors. The networks by hand in PyTorch are the same ones and
start from the same weights: their first losses are compared. `fit` is the whole of
Keras's training loop, as `compile` leaves it to a user; PyTorch runs the shortest loop
that there is, with its fused Adam. MADE is 784-500-784 on 100 vectors of bits, the
gated PixelCNN 6 blocks of 32 filters on 50 images of 28 x 28 bits, the transformer 4
blocks of 128 units and 4 heads on 12 windows of 64 characters.
"""
NUM_BATCHES = 8
PIXELS, HIDDEN = 784, 500
FILTERS, BLOCKS = 32, 6
TOKENS, LENGTH, WIDTH, HEADS, LAYERS = 65, 64, 128, 4, 4
LEARNING_RATE = 1e-3


# === Data and weights ===
def make_batches(model):
    """`[N, B, ...]` int32 levels with something to learn in them."""
    rng = np.random.default_rng(0)
    if model == "CharTransformer":
        steps = rng.integers(1, 4, size=(NUM_BATCHES, 12, 1))
        start = rng.integers(0, TOKENS, size=(NUM_BATCHES, 12, 1))
        return ((start + steps * np.arange(LENGTH)) % TOKENS).astype("int32")
    size, shape = (100, (PIXELS,)) if model == "MADE" else (50, (28, 28, 1))
    low = rng.normal(size=(NUM_BATCHES, size, 7, 7)).repeat(4, 2).repeat(4, 3)
    noise = rng.normal(size=low.shape)
    bits = (low + 0.3 * noise > 0).astype("int32")
    return bits.reshape(NUM_BATCHES, size, *shape)


def shapes(model) -> dict:
    """The weights in the order of genkeras, by hand."""
    if model == "MADE":
        return {
            "kernel_0": (PIXELS, HIDDEN),
            "kernel_1": (HIDDEN, PIXELS),
            "bias_0": (HIDDEN,),
            "bias_1": (PIXELS,),
        }
    if model == "GatedPixelCNN":
        return _gated_shapes()
    found = {"tokens": (TOKENS, WIDTH), "places": (LENGTH, WIDTH)}
    for i in range(LAYERS):
        found |= {f"gain_{i}": (WIDTH,), f"shift_{i}": (WIDTH,)}
        found |= _dense(f"project_{i}", WIDTH, 3 * WIDTH) | _dense(
            f"out_{i}", WIDTH, WIDTH
        )
        found |= {f"second_gain_{i}": (WIDTH,), f"second_shift_{i}": (WIDTH,)}
        found |= _dense(f"wide_{i}", WIDTH, 4 * WIDTH) | _dense(
            f"back_{i}", 4 * WIDTH, WIDTH
        )
    return found | {"gain": (WIDTH,), "shift": (WIDTH,)} | _dense("last", WIDTH, TOKENS)


def _gated_shapes():
    found, double = {}, 2 * FILTERS
    for i in range(BLOCKS):
        size, channels = (3, FILTERS) if i else (7, 1)
        half = size // 2
        found |= {
            f"vertical_{i}": (half + 1, size, channels, double),
            f"horizontal_{i}": (half + (i > 0), channels, double),
            f"link_{i}": (double, double),
            f"out_{i}": (FILTERS, FILTERS),
            f"horizontal_bias_{i}": (double,),
            f"vertical_bias_{i}": (double,),
            f"out_bias_{i}": (FILTERS,),
        }
    return found | _dense("first", FILTERS, FILTERS) | _dense("last", FILTERS, 1)


def _dense(name, inputs, units):
    return {name: (inputs, units), f"{name}_bias": (units,)}


def weights(model) -> dict:
    """Small random numbers; gains are about 1."""
    rng = np.random.default_rng(1)

    def start(name, shape):
        scale = 1.0 / math.sqrt(max(1, math.prod(shape[:-1])))
        noise = (0.5 * scale if len(shape) > 1 else 0.05) * rng.normal(size=shape)
        return (noise + ("gain" in name)).astype("float32")

    return {name: start(name, shape) for name, shape in shapes(model).items()}


# === genkeras ===
def make_model(model):
    from genkeras import zoo

    if model == "MADE":
        made = zoo.MADE(PIXELS, (HIDDEN,), num_levels=2, direct=False, seed=0)
    elif model == "GatedPixelCNN":
        made = zoo.GatedPixelCNN((28, 28, 1), FILTERS, BLOCKS, num_levels=2, seed=0)
    else:
        vocabulary = [chr(33 + i) for i in range(TOKENS)]
        made = zoo.CharTransformer(vocabulary, LENGTH, LAYERS, HEADS, WIDTH, seed=0)
    own = made.trainable_variables
    for variable, value in zip(own, weights(model).values(), strict=True):
        variable.assign(value)
    return made


def _trial(made, run, batches):
    count = sum(math.prod(v.shape) for v in made.trainable_variables)
    loss = -float(made.log_prob(batches[0]).numpy().mean())
    return harness.Trial(run, count, loss)


def genkeras_fit(model):
    """`model.fit`, as users call it."""
    tf = harness.tensorflow()
    import keras

    made, batches = make_model(model), make_batches(model)
    made.compile(keras.optimizers.Adam(LEARNING_RATE))
    data = tf.data.Dataset.from_tensor_slices(batches).repeat()

    def run(num_steps):
        history = made.fit(data, steps_per_epoch=num_steps, verbose=0)
        return history.history["loss"][-1]

    return _trial(made, run, batches)


def genkeras_loop(jit_compile):
    """`model.train_step` in a bare loop: what is left when `fit` is taken away."""

    def make(model):
        tf = harness.tensorflow()
        import keras

        made, batches = make_model(model), make_batches(model)
        adam = keras.optimizers.Adam(LEARNING_RATE)
        made.compile(adam, jit_compile=jit_compile)
        step = tf.function(made.train_step, jit_compile=jit_compile)
        held = [tf.constant(x) for x in batches]
        trial = _trial(made, None, batches)

        def run(num_steps):
            made.reset_metrics()
            for x in itertools.islice(itertools.cycle(held), num_steps):
                logs = step((x,))
            return float(logs["loss"])

        return harness.Trial(run, trial.num_parameters, trial.answer)

    return make


# === PyTorch ===
def made_by_hand(torch, w):
    """`[B]` log-probabilities of a batch, as a function."""
    from torch.nn import functional

    inputs = torch.arange(PIXELS) + 1
    hidden = torch.from_numpy(np.linspace(1, PIXELS - 1, HIDDEN).round())
    masks = [inputs[:, None] <= hidden, hidden[:, None] < inputs]
    masks = [mask.float() for mask in masks]

    def log_prob(x):
        x = x.float()
        h = torch.relu(x @ (w["kernel_0"] * masks[0]) + w["bias_0"])
        logits = h @ (w["kernel_1"] * masks[1]) + w["bias_1"]
        return -functional.binary_cross_entropy_with_logits(
            logits, x, reduction="none"
        ).sum(1)

    return log_prob


def gated_by_hand(torch, w):
    """See `made_by_hand`; convolutions in PyTorch's own order of axes."""
    from torch.nn import functional

    def dense(name, x):
        bias = w.get(f"{name}_bias")
        return functional.conv2d(x, w[name].T[:, :, None, None], bias)

    def gate(x):
        a, b = x.chunk(2, dim=1)
        return torch.tanh(a) * torch.sigmoid(b)

    def log_prob(x):
        x = x.float().permute(0, 3, 1, 2)
        v = h = 2.0 * x - 1.0
        for i in range(BLOCKS):
            half = 1 if i else 3
            full = functional.conv2d(
                functional.pad(v, (half, half, half, 0)),
                w[f"vertical_{i}"].permute(3, 2, 0, 1),
                w[f"vertical_bias_{i}"],
            )
            link = dense(f"link_{i}", full)
            link = functional.pad(link, (0, 0, 1, 0))[:, :, :-1]
            left = functional.pad(h, (half, 0, 0, 0))
            new = link + functional.conv2d(
                left if i else left[..., :-1],
                w[f"horizontal_{i}"].permute(2, 1, 0)[:, :, None],
                w[f"horizontal_bias_{i}"],
            )
            out = w[f"out_{i}"].T[:, :, None, None]
            new = functional.conv2d(gate(new), out, w[f"out_bias_{i}"])
            h = new + h if i else new
            v = gate(full)
        logits = dense("last", torch.relu(dense("first", torch.relu(h))))
        return -functional.binary_cross_entropy_with_logits(
            logits, x, reduction="none"
        ).sum((1, 2, 3))

    return log_prob


def transformer_by_hand(torch, w):
    """See `made_by_hand`."""
    from torch.nn import functional

    def dense(name, x):
        return x @ w[name] + w[f"{name}_bias"]

    def norm(prefix, last, x):
        gain, shift = w[f"{prefix}gain{last}"], w[f"{prefix}shift{last}"]
        return functional.layer_norm(x, (WIDTH,), gain, shift, 1e-5)

    def attend(i, x):
        parts = dense(f"project_{i}", x).chunk(3, dim=-1)
        heads = [part.unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in parts]
        y = functional.scaled_dot_product_attention(*heads, is_causal=True)
        return dense(f"out_{i}", y.transpose(1, 2).flatten(2))

    def log_prob(x):
        x = x.long()
        h = functional.pad(w["tokens"][x], (0, 0, 1, 0))[:, :-1] + w["places"]
        for i in range(LAYERS):
            h = h + attend(i, norm("", f"_{i}", h))
            wide = functional.gelu(dense(f"wide_{i}", norm("second_", f"_{i}", h)))
            h = h + dense(f"back_{i}", wide)
        logits = dense("last", norm("", "", h))
        each = functional.cross_entropy(logits.transpose(1, 2), x, reduction="none")
        return -each.sum(1)

    return log_prob


BY_HAND = {
    "MADE": made_by_hand,
    "GatedPixelCNN": gated_by_hand,
    "CharTransformer": transformer_by_hand,
}


def pytorch(*, compiled):
    """The usual loop, eager or through `torch.compile`."""

    def make(model):
        torch = harness.pytorch()
        w = {
            name: torch.nn.Parameter(torch.from_numpy(value))
            for name, value in weights(model).items()
        }
        optimizer = torch.optim.Adam(w.values(), LEARNING_RATE, eps=1e-7, fused=True)
        batches = torch.from_numpy(make_batches(model))
        log_prob = BY_HAND[model](torch, w)

        def loss_of(x):
            return -log_prob(x).mean()

        first = loss_of(batches[0]).item()
        if compiled:
            loss_of = torch.compile(loss_of)

        def run(num_steps):
            for x in itertools.islice(itertools.cycle(batches), num_steps):
                optimizer.zero_grad()
                loss = loss_of(x)
                loss.backward()
                optimizer.step()
            return loss.item()

        return harness.Trial(run, sum(p.numel() for p in w.values()), first)

    return make


COMPETITORS = {
    "genkeras fit": genkeras_fit,
    "genkeras train_step": genkeras_loop(jit_compile=False),
    "genkeras train_step, jit": genkeras_loop(jit_compile=True),
    "PyTorch by hand": pytorch(compiled=False),
    "PyTorch by hand, compiled": pytorch(compiled=True),
}


def case(model, num_steps):
    count = sum(math.prod(shape) for shape in shapes(model).values())
    return harness.Case(model, {"model": model}, num_steps, count)


if __name__ == "__main__":
    harness.main(
        harness.Benchmark(
            name="autoregressive_steps",
            title="Autoregressive models, one training step",
            about=ABOUT,
            cases=[
                case("MADE", 80),
                case("GatedPixelCNN", 3),
                case("CharTransformer", 40),
            ],
            competitors=COMPETITORS,
            packages=("tensorflow", "keras", "tensorflow-probability", "torch"),
        )
    )
