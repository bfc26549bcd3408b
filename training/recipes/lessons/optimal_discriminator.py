"""A discriminator of two known densities, beside the best one that there is.

    genkeras train optimal_discriminator --workdir runs/optimal_discriminator

The data is `p`, a mixture of two Gaussians on a line; the generator is held still, and
its samples are `q`, one Gaussian. The discriminator then learns, and

    D*(x) = p(x) / (p(x) + q(x)),   V(D) <= V(D*) = 2 JSD(p, q) - log 4

are known to many digits. Goodfellow et al., 2014, proposition 1 and theorem 1,
https://arxiv.org/abs/1406.2661.
"""

import dataclasses
import math

import keras
import numpy as np
import tensorflow_probability as tfp

from ....zoo.gans import GAN
from ...data import DataSet, steps_per_epoch
from ...evaluation import game_values
from ...pictures import Curves, draw_curves, save_png
from ...schedules import cosine

tfd = tfp.distributions

# Where both densities are: what lies outside is less than 1e-8 of either.
_LOW, _HIGH = -15.0, 15.0


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result."""

    generator_mean: float = 0.5
    generator_stddev: float = 1.5
    num_samples: int = 200_000
    hidden_units: tuple[int, ...] = (64, 64)
    batch_size: int = 500
    epochs: int = 8
    learning_rate: float = 5e-3
    seed: int = 0


SMOKE = Config(num_samples=1000, hidden_units=(8,), epochs=1)


# === What is known ===
def data_density() -> tfd.Distribution:
    """Returns `p`, in float64."""
    return tfd.MixtureSameFamily(
        tfd.Categorical(probs=np.array([0.4, 0.6])),
        tfd.Normal(np.array([-2.0, 1.5]), np.array([0.6, 1.0])),
    )


def model_density(config: Config) -> tfd.Distribution:
    """Returns `q`, in float64."""
    return tfd.Normal(np.float64(config.generator_mean), config.generator_stddev)


def optimal_discriminator(p, q, x) -> np.ndarray:
    """Returns `D*(x) = p(x) / (p(x) + q(x))`, as `sigmoid(log p - log q)`."""
    return _sigmoid(np.asarray(p.log_prob(x)) - np.asarray(q.log_prob(x)))


def jensen_shannon(p, q, low=_LOW, high=_HIGH, num_points: int = 100_001) -> float:
    """Returns `JSD(p, q) = KL(p, m) / 2 + KL(q, m) / 2`, `m = (p + q) / 2`, in nats.

    By the trapezoid rule, from `log (p / m) = log 2 + log D*`.

    Args:
        p: a `tfd.Distribution` over numbers, in float64.
        q: the same.
        low: float. Both have no mass to speak of below.
        high: float. Or above.
        num_points: int.

    Example:
    >>> p, q = tfd.Normal(np.float64(0.0), 1.0), tfd.Normal(np.float64(40.0), 1.0)
    >>> round(jensen_shannon(p, q, -10.0, 50.0), 6)  # log 2, of what never meets
    0.693147
    """
    x = np.linspace(low, high, num_points)
    log_p, log_q = (np.asarray(density.log_prob(x)) for density in (p, q))
    log_sum = np.logaddexp(log_p, log_q)
    terms = np.exp(log_p) * (log_p - log_sum) + np.exp(log_q) * (log_q - log_sum)
    return float(math.log(2.0) + 0.5 * np.trapezoid(terms, x))


def _sigmoid(logits):
    return np.exp(-np.logaddexp(0.0, -logits))


# === The recipe ===
def load_data(config: Config):
    sizes = {"train": config.num_samples, "test": 100_000}
    x = {
        split: data_density().sample([size, 1], seed=(config.seed, i)).numpy()
        for i, (split, size) in enumerate(sizes.items())
    }
    return DataSet("line", {split: a.astype("float32") for split, a in x.items()})


def make_model(config: Config, data):
    model = GAN(
        data.event_shape,
        latent_size=1,
        generator_units=(),
        discriminator_units=config.hidden_units,
        output_activation="linear",
        seed=config.seed,
    )
    # One affine map, whose samples are those of `q`, and which takes steps of 0.
    model.generator.set_weights(
        [np.array([[config.generator_stddev]]), np.array([config.generator_mean])]
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(
        keras.optimizers.SGD(0.0),
        keras.optimizers.Adam(cosine(config.learning_rate, steps)),
    )
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    """Sets the discriminator beside the best one, by `JSD = (V + log 4) / 2`.

    Returns:
        `jensen_shannon`, exact; `jensen_shannon_bound`, what the discriminator makes of
        it under the exact densities, never more; `jensen_shannon_estimate`, what it
        says on fresh samples, and its standard error; and `discriminator_error`, the
        mean of `|D - D*|` under `(p + q) / 2`.
    """
    p, q = data_density(), model_density(config)
    real = data.x["test"]
    values = game_values(model, real, model.sample(len(real), seed=2026))
    x = np.linspace(_LOW, _HIGH, 10_001)
    log_odds = _log_odds(model, x)
    p_x, q_x = np.asarray(p.prob(x)), np.asarray(q.prob(x))
    gains = -p_x * np.logaddexp(0.0, -log_odds) - q_x * np.logaddexp(0.0, log_odds)
    error = np.abs(_sigmoid(log_odds) - optimal_discriminator(p, q, x))
    return {
        "jensen_shannon": jensen_shannon(p, q),
        "jensen_shannon_bound": _divergence(np.trapezoid(gains, x)),
        "jensen_shannon_estimate": _divergence(values.mean()),
        "jensen_shannon_standard_error": float(0.5 * values.std() / len(real) ** 0.5),
        "discriminator_error": float(np.trapezoid(0.5 * (p_x + q_x) * error, x)),
    }


def _divergence(value):
    """Of a value of the game the divergence that it proves."""
    return float(0.5 * (value + math.log(4.0)))


def _log_odds(model, x):
    return np.asarray(model.discriminate(x[:, None].astype("float32")), "float64")


def report(model, data, config: Config, run) -> dict[str, float]:
    """Draws both densities and both discriminators."""
    p, q = data_density(), model_density(config)
    x = np.linspace(-5.0, 6.0, 500)
    curves = Curves(
        x,
        {"D, learned": _sigmoid(_log_odds(model, x))},
        {
            "D* = p / (p + q)": optimal_discriminator(p, q, x),
            "p, the data": p.prob(x),
            "q, the generator": q.prob(x),
        },
        x_label="x",
    )
    save_png(draw_curves(curves), run.samples / "optimal_discriminator.png")
    return {}
