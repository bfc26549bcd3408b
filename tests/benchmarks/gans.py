"""What the benchmarks of adversarial training share: data, loops, PyTorch networks."""

import itertools
import math

import harness
import numpy as np

NUM_BATCHES = 8


# === Data ===
def make_batches(event_shape, batch_size):
    """`[N, B, *event]` floats in `[-1, 1]` that hang together, as real data does."""
    rng = np.random.default_rng(0)
    dims = math.prod(event_shape)
    rank = max(2, dims // 16)  # of full rank on the plane
    mix = rng.normal(size=(rank, dims)) / np.sqrt(rank)
    x = np.tanh(rng.normal(size=(NUM_BATCHES, batch_size, rank)) @ mix)
    return x.reshape(NUM_BATCHES, batch_size, *event_shape).astype("float32")


# === Counting by hand ===
def generator_size(latent_size, filters, kernel_size, image_size, channels=1):
    """Of a `ConvGenerator`: projection, transposed convolutions, a norm for each."""
    small = -(-image_size // 2 ** len(filters))
    pairs = itertools.pairwise(filters)
    return (
        latent_size * small**2 * filters[0]
        + kernel_size**2 * (sum(a * b for a, b in pairs) + filters[-1] * channels)
        + 2 * sum(filters)
        + channels
    )


# === genkeras ===
def genkeras(make_model, *, jit_compile, through_fit):
    """`model.fit` as users call it, or `model.train_step` in a bare loop.

    Args:
        make_model: function of a case's options that returns a model and the batches.
        jit_compile: bool, or "auto" for what `compile` takes by itself.
        through_fit: bool. Whether Keras's training loop is timed too.
    """

    def make(learning_rate, **options):
        tf = harness.tensorflow()
        import keras

        model, batches = make_model(**options)
        adams = (keras.optimizers.Adam(learning_rate, 0.5, 0.9) for _ in range(2))
        model.compile(*adams, jit_compile=jit_compile)
        data = tf.data.Dataset.from_tensor_slices(batches).repeat()
        step = tf.function(model.train_step, jit_compile=model.jit_compile)
        held = list(data.take(NUM_BATCHES))

        def fit(num_steps):
            history = model.fit(data, steps_per_epoch=num_steps, verbose=0)
            return history.history["discriminator_loss"][-1]

        def loop(num_steps):
            model.reset_metrics()
            for x in itertools.islice(itertools.cycle(held), num_steps):
                logs = step((x,))
            return float(logs["discriminator_loss"])

        sizes = (int(np.prod(v.shape)) for v in model.trainable_variables)
        return harness.Trial(fit if through_fit else loop, sum(sizes))

    return make


def genkeras_rows(make_model) -> dict:
    """The competitors that genkeras enters."""
    ways = {
        "genkeras fit": {"jit_compile": "auto", "through_fit": True},
        "genkeras train_step": {"jit_compile": False, "through_fit": False},
        "genkeras train_step, jit": {"jit_compile": True, "through_fit": False},
    }
    return {name: genkeras(make_model, **way) for name, way in ways.items()}


# === PyTorch ===
def torch_trial(torch, step, batches, *networks):
    """Runs `step` over batches that lie in memory.

    Args:
        torch: the module.
        step: function of a batch that returns the discriminator's loss.
        batches: list of tensors.
        *networks: those that are trained.
    """

    def run(num_steps):
        total = torch.zeros([])
        for x in itertools.islice(itertools.cycle(batches), num_steps):
            total += step(x)
        return (total / num_steps).item()  # the only wait, as in genkeras

    sizes = (p.numel() for network in networks for p in network.parameters())
    return harness.Trial(run, sum(sizes))


def torch_adam(torch, network, learning_rate):
    betas = (0.5, 0.9)
    return torch.optim.Adam(network.parameters(), learning_rate, betas, fused=True)


def torch_images(torch, batches, memory_format):
    """`[B, H, W, C]` arrays as a list of `[B, C, H, W]` tensors."""
    return [
        x.permute(0, 3, 1, 2).contiguous(memory_format=memory_format)
        for x in torch.from_numpy(batches)
    ]


def torch_generator(torch, latent_size, filters, kernel_size, image_size):
    """The same as a `ConvGenerator` with one channel."""
    nn = torch.nn
    small = -(-image_size // 2 ** len(filters))
    pad, more = (kernel_size - 1) // 2, kernel_size % 2

    def double(inputs, outputs, *, bias):
        return nn.ConvTranspose2d(inputs, outputs, kernel_size, 2, pad, more, bias=bias)

    class Crop(nn.Module):
        def forward(self, x):
            return x[:, :, :image_size, :image_size]

    layers = [
        nn.Linear(latent_size, small**2 * filters[0], bias=False),
        nn.Unflatten(1, (filters[0], small, small)),
        nn.BatchNorm2d(filters[0], momentum=0.1),
        nn.ReLU(),
    ]
    for a, b in itertools.pairwise(filters):
        layers += [double(a, b, bias=False), nn.BatchNorm2d(b, momentum=0.1), nn.ReLU()]
    return start_at(
        torch,
        nn.Sequential(*layers, double(filters[-1], 1, bias=True), nn.Tanh(), Crop()),
    )


def start_at(torch, network, stddev=0.02):
    """Weights at `Normal(0, stddev^2)`, as in DCGAN; biases at 0, norms as they are."""
    for name, p in network.named_parameters():
        if p.ndim > 1:
            torch.nn.init.normal_(p, std=stddev)
        elif name.endswith("bias"):
            torch.nn.init.zeros_(p)
    return network
