"""Times a training step of DCGAN: genkeras and PyTorch.

python tests/benchmarks/bench_dcgan.py
"""

import itertools
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import gans
import harness

ABOUT = """
One training step of DCGAN on images of 28 by 28 pixels, batch 64, float32: a
discriminator step, then a generator step on new noise, with Adam. All have the same
layers: convolutions of side 5 and stride 2, three in either network, batch norm in
both, real and generated images in batches of their own. Batches lie in memory as
tensors. `fit` is the whole of Keras's training loop, `train_step` stands in a bare
loop. Both go without XLA, which is what `compile` chooses for convolutions: with it the
compilation alone had not ended after a hundred seconds of a busy CPU.

PyTorch makes the discriminator's fakes without a gradient, holds its weights fixed in
the generator's step, and has the fused Adam. Compiled, the two losses go through
`torch.compile`, backward passes included. "One batch of fakes" is the loop of PyTorch's
own tutorial, where the generator learns from the images that the discriminator just
saw: one pass less of the generator than the others make.
"""
IMAGE_SIZE, LATENT_SIZE, KERNEL_SIZE = 28, 100, 5


def num_parameters(filters, **_):
    """Counted by hand: the generator, and the same filters the other way round."""
    up = gans.generator_size(LATENT_SIZE, filters[::-1], KERNEL_SIZE, IMAGE_SIZE)
    pairs = itertools.pairwise((1, *filters))
    small = -(-IMAGE_SIZE // 2 ** len(filters))
    down = KERNEL_SIZE**2 * sum(a * b for a, b in pairs) + filters[0]
    return up + down + 2 * sum(filters[1:]) + small**2 * filters[-1] + 1


# === TensorFlow ===
def genkeras_model(filters, batch_size):
    from genkeras.zoo import DCGAN

    shape = (IMAGE_SIZE, IMAGE_SIZE, 1)
    model = DCGAN(
        shape,
        LATENT_SIZE,
        generator_filters=filters[::-1],
        discriminator_filters=filters,
        kernel_size=KERNEL_SIZE,
        seed=0,
    )
    return model, gans.make_batches(shape, batch_size)


# === PyTorch ===
def torch_discriminator(torch, filters):
    nn = torch.nn
    layers = []
    for i, (a, b) in enumerate(itertools.pairwise((1, *filters))):
        layers.append(nn.Conv2d(a, b, KERNEL_SIZE, 2, KERNEL_SIZE // 2, bias=i == 0))
        layers += [nn.BatchNorm2d(b, momentum=0.1)] if i else []
        layers.append(nn.LeakyReLU(0.2))
    small = -(-IMAGE_SIZE // 2 ** len(filters))
    out = [nn.Flatten(), nn.Linear(small**2 * filters[-1], 1)]
    return gans.start_at(torch, nn.Sequential(*layers, *out))


def pytorch(memory_format, *, compiled=False, one_batch=False):
    """The usual loop, eager or through `torch.compile`."""

    def make(filters, batch_size, learning_rate):
        torch = harness.pytorch()
        torch.manual_seed(0)
        layout = getattr(torch, memory_format)
        up = gans.torch_generator(
            torch, LATENT_SIZE, filters[::-1], KERNEL_SIZE, IMAGE_SIZE
        ).to(memory_format=layout)
        down = torch_discriminator(torch, filters).to(memory_format=layout)
        up_adam = gans.torch_adam(torch, up, learning_rate)
        down_adam = gans.torch_adam(torch, down, learning_rate)
        softplus = torch.nn.functional.softplus

        def down_loss(real, fake):
            return softplus(-down(real)).mean() + softplus(down(fake)).mean()

        def up_loss(fake):
            return softplus(-down(fake)).mean()

        def deceive(z):
            return up_loss(up(z))

        if compiled:
            generate, down_loss = torch.compile(up), torch.compile(down_loss)
            deceive = torch.compile(deceive)
        else:
            generate = up

        def descend(loss, adam):
            adam.zero_grad(set_to_none=True)
            loss.backward()
            adam.step()
            return loss.detach()

        def step(real):
            if one_batch:
                fake = generate(torch.randn(batch_size, LATENT_SIZE))
            else:
                with torch.no_grad():
                    fake = generate(torch.randn(batch_size, LATENT_SIZE))
            loss = descend(down_loss(real, fake.detach()), down_adam)
            down.requires_grad_(requires_grad=False)
            descend(
                up_loss(fake)
                if one_batch
                else deceive(torch.randn(batch_size, LATENT_SIZE)),
                up_adam,
            )
            down.requires_grad_(requires_grad=True)
            return loss

        shape = (IMAGE_SIZE, IMAGE_SIZE, 1)
        images = gans.torch_images(torch, gans.make_batches(shape, batch_size), layout)
        return gans.torch_trial(torch, step, images, up, down)

    return make


COMPETITORS = {
    **gans.genkeras_rows(genkeras_model),
    "PyTorch": pytorch("contiguous_format"),
    "PyTorch, channels last": pytorch("channels_last"),
    "PyTorch, channels last, one batch of fakes": pytorch(
        "channels_last", one_batch=True
    ),
    "PyTorch, compiled": pytorch("contiguous_format", compiled=True),
    "PyTorch, compiled, channels last": pytorch("channels_last", compiled=True),
}


def case(base, num_steps):
    filters = (base, 2 * base, 4 * base)
    options = {"filters": filters, "batch_size": 64, "learning_rate": 2e-4}
    return harness.Case(
        f"{base} filters at full size",
        options,
        num_steps,
        num_parameters(**options),
        without=("genkeras train_step, jit",),
    )


if __name__ == "__main__":
    harness.main(
        harness.Benchmark(
            name="dcgan",
            title="DCGAN, one training step",
            about=ABOUT,
            cases=[case(32, 8), case(64, 4)],
            competitors=COMPETITORS,
            packages=("tensorflow", "keras", "torch"),
        )
    )
