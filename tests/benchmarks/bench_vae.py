"""Times the VAE of 784-200-200-50: a training step, and its importance-weighted bound.

python tests/benchmarks/bench_vae.py
"""

import math
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import densities
import harness

ABOUT = """
A VAE of binary images of 28 by 28 pixels, as the literature on bounds has it: two
hidden layers of 200 tanh units on either side of 50 latents, Bernoulli pixels, the
divergence in closed form, float32. Batches lie in memory as tensors.

"Training" is one step of Adam on a batch of 100. `fit` is the whole of Keras's training
loop, as `compile` leaves it to a user; `train_step` stands in a bare loop. PyTorch by
hand and pythae's model stand in the shortest loop.

"Bound" is what a paper's table quotes: the importance-weighted bound of 5,000 draws for
each image. A step is ten images, all rows hold the same weights, and their bounds are
compared. genkeras scores the images together, one draw of each at a time, in one graph;
pythae's `get_nll` goes through them one by one, a hundred draws at a time, and encodes
an image once for each draw; by hand in PyTorch an image is encoded once, and its draws
are decoded a thousand at a time.
"""
SIDE, LATENT_SIZE, HIDDEN, STDDEV = 28, 50, 200, 0.9
DIMS = SIDE * SIDE
NUM_DRAWS, DRAWS_AT_ONCE = 5000, 1000
ENCODER = ((DIMS, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, 2 * LATENT_SIZE))
DECODER = ((LATENT_SIZE, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, DIMS))
NUM_PARAMETERS = sum((a + 1) * b for a, b in ENCODER + DECODER)


def make_batches(batch_size):
    """`[N, B, H, W, 1]` of 0 and 1: pixels that hang together."""
    x = densities.make_batches(DIMS, batch_size)
    x = (x > 0.5).astype("float32")
    return x.reshape(densities.NUM_BATCHES, batch_size, SIDE, SIDE, 1)


def make_weights(raw_stddev):
    """A kernel and a bias for each layer, of a posterior that is near the prior.

    Args:
        raw_stddev: float. The output of the encoder that stands for `STDDEV`.
    """
    rng = np.random.default_rng(1)
    arrays = []
    for a, b in ENCODER + DECODER:
        arrays += [0.3 * rng.normal(size=(a, b)) / math.sqrt(a), np.zeros(b)]
    kernel, bias = arrays[4:6]
    kernel[:, LATENT_SIZE:], bias[LATENT_SIZE:] = 0.0, raw_stddev
    return [array.astype("float32") for array in arrays]


# === genkeras ===
def genkeras_model(batch_size):
    from genkeras.zoo import VAE

    hidden = (HIDDEN, HIDDEN)
    model = VAE((SIDE, SIDE, 1), LATENT_SIZE, hidden_units=hidden, seed=0)
    return model, make_batches(batch_size)


def genkeras_bound(batch_size):
    tf = harness.tensorflow()
    model, batches = genkeras_model(batch_size)
    weights = make_weights(math.log(math.expm1(STDDEV)))
    for variable, value in zip(model.trainable_variables, weights, strict=True):
        variable.assign(value)
    bound = tf.function(
        lambda x: model.log_prob(x, num_samples=NUM_DRAWS), jit_compile=True
    )
    x = tf.constant(batches[0])

    def run(num_steps):
        for _ in range(num_steps):
            bound(x).numpy()

    answer = float(tf.reduce_mean(bound(x)))
    return harness.Trial(run, NUM_PARAMETERS, answer)


# === PyTorch ===
def _perceptron(sizes):
    import torch

    layers = []
    for a, b in sizes:
        layers += [torch.nn.Linear(a, b), torch.nn.Tanh()]
    return torch.nn.Sequential(*layers[:-1])


def torch_by_hand(batch_size):
    """Returns the networks, the loss, and batches of flat images."""
    import torch

    encoder, decoder = _perceptron(ENCODER), _perceptron(DECODER)
    entropy = torch.nn.functional.binary_cross_entropy_with_logits

    def loss_of(x):
        mean, log_variance = encoder(x).chunk(2, dim=-1)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        distortion = entropy(decoder(z), x, reduction="sum") / len(x)
        rate = 0.5 * (mean**2 + log_variance.exp() - 1.0 - log_variance).sum(-1)
        return distortion + rate.mean()

    module = torch.nn.ModuleList([encoder, decoder])
    return module, loss_of, list(torch.from_numpy(make_batches(batch_size)).flatten(2))


def _assign(torch, module):
    """Puts the weights of the comparison into layers in the order of their making."""
    weights = iter(make_weights(2.0 * math.log(STDDEV)))
    for layer in module.modules():
        if isinstance(layer, torch.nn.Linear):
            layer.weight.data = torch.from_numpy(next(weights).T.copy())
            layer.bias.data = torch.from_numpy(next(weights))


def torch_bound(batch_size):
    torch = harness.pytorch()
    torch.manual_seed(0)
    (encoder, decoder), _, batches = torch_by_hand(batch_size)
    _assign(torch, torch.nn.ModuleList([encoder, decoder]))
    entropy = torch.nn.functional.binary_cross_entropy_with_logits

    def log_weights(x, mean, log_variance):
        noise = torch.randn(DRAWS_AT_ONCE, LATENT_SIZE)
        z = mean + torch.exp(0.5 * log_variance) * noise
        x = x.expand(DRAWS_AT_ONCE, -1)
        # The constants of prior and posterior cancel.
        log_ratio = 0.5 * (noise**2 + log_variance - z**2).sum(-1)
        return log_ratio - entropy(decoder(z), x, reduction="none").sum(-1)

    def bound(x):
        moments = encoder(x).chunk(2, dim=-1)
        parts = [log_weights(x, *moments) for _ in range(NUM_DRAWS // DRAWS_AT_ONCE)]
        return (torch.logsumexp(torch.cat(parts), 0) - math.log(NUM_DRAWS)).item()

    @torch.no_grad()
    def mean_bound():
        return float(np.mean([bound(x[None]) for x in batches[0]]))

    def run(num_steps):
        for _ in range(num_steps):
            mean_bound()

    return harness.Trial(run, NUM_PARAMETERS, mean_bound())


def pythae_model():
    import torch
    from pythae.models import VAE, VAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder

    class Encoder(BaseEncoder):
        def __init__(self):
            super().__init__()
            self.network = _perceptron(ENCODER)

        def forward(self, x):
            mean, log_variance = self.network(x.flatten(1)).chunk(2, dim=-1)
            return ModelOutput(embedding=mean, log_covariance=log_variance)

    class Decoder(BaseDecoder):
        def __init__(self):
            super().__init__()
            self.network = _perceptron(DECODER)

        def forward(self, z):
            made = torch.sigmoid(self.network(z)).reshape(-1, 1, SIDE, SIDE)
            return ModelOutput(reconstruction=made)

    config = VAEConfig(
        input_dim=(1, SIDE, SIDE), latent_dim=LATENT_SIZE, reconstruction_loss="bce"
    )
    return VAE(config, Encoder(), Decoder())


def _first_channel(batches):
    import torch

    return torch.from_numpy(batches).movedim(-1, 2)  # [N, B, 1, H, W]


def pythae_loss(batch_size):
    model = pythae_model()
    batches = _first_channel(make_batches(batch_size))
    return model, lambda x: model({"data": x}).loss, list(batches)


def pythae_bound(batch_size):
    torch = harness.pytorch()
    torch.manual_seed(0)
    model = pythae_model().eval()
    _assign(torch, torch.nn.ModuleList([model.encoder, model.decoder]))
    x = _first_channel(make_batches(batch_size))[0]

    def run(num_steps):
        for _ in range(num_steps):
            with torch.no_grad():
                answer = float(model.get_nll(x, NUM_DRAWS))
        return answer

    # As the harness has it, the loss of a row must fall, if it gives one.
    return harness.Trial(lambda n: run(n) and None, NUM_PARAMETERS, run(1))


# === What is timed ===
TRAINING = {
    **densities.genkeras_rows(genkeras_model),
    "PyTorch by hand": densities.torch_loop(torch_by_hand, fused=False),
    "PyTorch by hand, fused Adam": densities.torch_loop(torch_by_hand),
    "PyTorch by hand, fused Adam, compiled": densities.torch_loop(
        torch_by_hand, compiled=True
    ),
    "pythae": densities.torch_loop(pythae_loss),
}
BOUND = {
    "genkeras log_prob": genkeras_bound,
    "PyTorch by hand, encoded once": torch_bound,
    "pythae get_nll": pythae_bound,
}


def operations(batch_size, num_draws):
    """Of the matrix products of a bound, of images that are encoded once."""
    encoder, decoder = (sum(a * b for a, b in sizes) for sizes in (ENCODER, DECODER))
    return 2.0 * batch_size * (encoder + num_draws * decoder)


if __name__ == "__main__":
    training = {"batch_size": 100, "learning_rate": 1e-3}
    bound = {"batch_size": 10}
    harness.main(
        harness.Benchmark(
            name="vae",
            title="VAE 784-200-200-50: training, and the bound of 5,000 draws",
            about=ABOUT,
            cases=[
                harness.Case(
                    "training, batch 100",
                    training,
                    600,
                    NUM_PARAMETERS,
                    without=tuple(BOUND),
                    operations=6.0 * 100 * NUM_PARAMETERS,
                ),
                harness.Case(
                    "bound of 5,000 draws, 10 images",
                    bound,
                    1,
                    NUM_PARAMETERS,
                    without=tuple(TRAINING),
                    operations=operations(10, NUM_DRAWS),
                ),
            ],
            competitors={**TRAINING, **BOUND},
            packages=("tensorflow", "keras", "torch", "pythae"),
        )
    )
