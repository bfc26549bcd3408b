"""Times a training step of WGAN-GP: genkeras and PyTorch.

python tests/benchmarks/bench_wgan_gp.py
"""

import itertools
import math
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import gans
import harness

ABOUT = """
One whole training step of WGAN-GP in float32: five critic steps, each on real examples,
noise and mixing numbers of its own and with the gradient penalty, then one generator
step, all with Adam. On the plane both networks are dense, three layers of 512; on
images of 28 by 28 pixels they are those of the authors' code for MNIST, three
convolutions of side 5 and stride 2, with batch norm in the generator and none in the
critic, whose score is the mean over patches. Batches lie in memory as tensors. `fit` is
the whole of Keras's training loop with what `compile` chooses: XLA for dense networks,
none for convolutions. The other rows of genkeras are `train_step` in a bare loop;
under XLA the convolutions sit out: there the compilation alone had not ended after a
hundred seconds of a busy CPU.

PyTorch makes the critic's fakes without a gradient, holds the critic's weights fixed in
the generator's step, and has the fused Adam. `torch.compile` cannot differentiate
twice what it compiled: compiled as the eager loop is written, it fails. The row with
`torch.func.grad` takes the slope inside the compiled function, as few loops do, which
leaves one differentiation outside.
"""
NUM_CRITIC_STEPS, PENALTY_WEIGHT, KERNEL_SIZE = 5, 10.0, 5


def num_parameters(event_shape, latent_size, units, **_):
    """Counted by hand."""
    dims = math.prod(event_shape)
    if len(event_shape) == 1:
        nets = [(latent_size, *units, dims), (dims, *units, 1)]
        return sum((a + 1) * b for net in nets for a, b in itertools.pairwise(net))
    up = gans.generator_size(latent_size, units[::-1], KERNEL_SIZE, event_shape[0])
    pairs = itertools.pairwise((1, *units, 1))
    return up + sum((KERNEL_SIZE**2 * a + 1) * b for a, b in pairs)


# === TensorFlow ===
def genkeras_model(event_shape, latent_size, units, batch_size):
    from genkeras.zoo import WGANGP

    batches = gans.make_batches(event_shape, NUM_CRITIC_STEPS * batch_size)
    if len(event_shape) > 1:
        return convolutional(event_shape, latent_size, units), batches
    model = WGANGP(
        event_shape,
        latent_size,
        generator_units=units,
        discriminator_units=units,
        num_critic_steps=NUM_CRITIC_STEPS,
        penalty_weight=PENALTY_WEIGHT,
        output_activation="linear",
        seed=0,
    )
    return model, batches


def convolutional(event_shape, latent_size, filters):
    """The zoo's game and the layers' networks, put together as a user would."""
    from genkeras.layers import ConvGenerator, PatchDiscriminator
    from genkeras.zoo import AdversarialModel, WassersteinGPGame

    class ConvWGANGP(AdversarialModel):
        def __init__(self):
            game = WassersteinGPGame(NUM_CRITIC_STEPS, PENALTY_WEIGHT)
            super().__init__(event_shape, latent_size, game, seed=0)
            self.build()

        def make_generator(self):
            return ConvGenerator(event_shape, filters[::-1], kernel_size=KERNEL_SIZE)

        def make_discriminator(self):
            return PatchDiscriminator(
                filters, normalization="none", kernel_size=KERNEL_SIZE
            )

    return ConvWGANGP()


# === PyTorch ===
def dense_networks(torch, event_shape, latent_size, units):
    def mlp(*widths):
        layers = []
        for a, b in itertools.pairwise(widths):
            layers += [torch.nn.Linear(a, b), torch.nn.LeakyReLU(0.2)]
            torch.nn.init.xavier_uniform_(layers[-2].weight)
            torch.nn.init.zeros_(layers[-2].bias)
        return torch.nn.Sequential(*layers[:-1])

    dims = math.prod(event_shape)
    return mlp(latent_size, *units, dims), mlp(dims, *units, 1)


def convolutional_networks(torch, event_shape, latent_size, filters):
    nn, pad = torch.nn, KERNEL_SIZE // 2
    up = gans.torch_generator(
        torch, latent_size, filters[::-1], KERNEL_SIZE, event_shape[0]
    )
    layers = []
    for a, b in itertools.pairwise((1, *filters)):
        layers += [nn.Conv2d(a, b, KERNEL_SIZE, 2, pad), nn.LeakyReLU(0.2)]
    scores = nn.Conv2d(filters[-1], 1, KERNEL_SIZE, 1, pad)
    critic = nn.Sequential(*layers, scores, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return up, gans.start_at(torch, critic)


def squared_slopes_by_autograd(torch, critic, x):
    x = x.requires_grad_()
    (slopes,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return slopes.flatten(1).square().sum(1)


def squared_slopes_by_func(torch, critic, x):
    slopes = torch.func.grad(lambda x: critic(x).sum())(x)
    return slopes.flatten(1).square().sum(1)


def pytorch(
    squared_slopes=squared_slopes_by_autograd,
    *,
    memory_format="contiguous_format",
    compiled=False,
):
    """The usual loop, eager or through `torch.compile`."""

    def make(event_shape, latent_size, units, batch_size, learning_rate):
        torch = harness.pytorch()
        torch.manual_seed(0)
        layout = getattr(torch, memory_format)
        images = len(event_shape) > 1
        make_networks = convolutional_networks if images else dense_networks
        up, critic = make_networks(torch, event_shape, latent_size, units)
        up, critic = up.to(memory_format=layout), critic.to(memory_format=layout)
        up_adam = gans.torch_adam(torch, up, learning_rate)
        critic_adam = gans.torch_adam(torch, critic, learning_rate)

        def critic_loss(real, fake, mix):
            slopes = squared_slopes(torch, critic, mix * real + (1.0 - mix) * fake)
            penalty = PENALTY_WEIGHT * ((slopes + 1e-12).sqrt() - 1.0).square()
            return (critic(fake) - critic(real)).mean() + penalty.mean()

        def deceive(z):
            return -critic(up(z)).mean()

        generate = up
        if compiled:
            generate, critic_loss = torch.compile(up), torch.compile(critic_loss)
            deceive = torch.compile(deceive)

        def descend(loss, adam):
            adam.zero_grad(set_to_none=True)
            loss.backward()
            adam.step()
            return loss.detach()

        def noise():
            return torch.randn(batch_size, latent_size)

        def step(batch):
            for real in batch.chunk(NUM_CRITIC_STEPS):
                with torch.no_grad():
                    fake = generate(noise())
                mix = torch.rand(batch_size, *[1] * len(event_shape))
                loss = descend(critic_loss(real, fake, mix), critic_adam)
            critic.requires_grad_(requires_grad=False)
            descend(deceive(noise()), up_adam)
            critic.requires_grad_(requires_grad=True)
            return loss

        batches = gans.make_batches(event_shape, NUM_CRITIC_STEPS * batch_size)
        batches = (
            gans.torch_images(torch, batches, layout)
            if images
            else list(torch.from_numpy(batches))
        )
        return gans.torch_trial(torch, step, batches, up, critic)

    return make


COMPETITORS = {
    **gans.genkeras_rows(genkeras_model),
    "PyTorch": pytorch(),
    "PyTorch, channels last": pytorch(memory_format="channels_last"),
    "PyTorch, compiled": pytorch(compiled=True),
    "PyTorch, compiled, torch.func.grad": pytorch(
        squared_slopes_by_func, compiled=True
    ),
}


def case(name, num_steps, without=(), **options):
    options = {"learning_rate": 1e-4, **options}
    return harness.Case(name, options, num_steps, num_parameters(**options), without)


if __name__ == "__main__":
    harness.main(
        harness.Benchmark(
            name="wgan_gp",
            title="WGAN-GP, one training step",
            about=ABOUT,
            cases=[
                case(
                    "the plane, dense",
                    10,
                    without=("PyTorch, channels last",),
                    event_shape=(2,),
                    latent_size=2,
                    units=(512, 512, 512),
                    batch_size=256,
                ),
                case(
                    "28 by 28 pixels, convolutional",
                    2,
                    without=("genkeras train_step, jit",),
                    event_shape=(28, 28, 1),
                    latent_size=128,
                    units=(64, 128, 256),
                    batch_size=64,
                ),
            ],
            competitors=COMPETITORS,
            packages=("tensorflow", "keras", "torch"),
        )
    )
