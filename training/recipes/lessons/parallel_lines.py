"""Two parallel lines: one distance sees how far they are apart, the other does not.

    genkeras train parallel_lines --workdir runs/parallel_lines

The data is `(0, U)`, the generator's samples are `(theta, U)`, with `U` uniform on
`[0, 1]`, and theta its only weight. Then

    Wasserstein = |theta|,   JSD = log 2 for each theta but 0, where it is 0

and what a trained discriminator of either game gives the generator to learn from
follows: a slope of 1 towards the data, or nothing. Arjovsky et al., 2017, example 1,
https://arxiv.org/abs/1701.07875; the gradient penalty of Gulrajani et al., 2017,
https://arxiv.org/abs/1704.00028.
"""

import dataclasses
import math

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from ....layers.networks import DenseEncoder
from ....zoo.games import MinimaxGame, WassersteinGPGame
from ....zoo.gans import AdversarialModel
from ...evaluation import game_values
from ...pictures import Curves, draw_curves, save_png
from ...schedules import cosine

tfd = tfp.distributions


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result."""

    thetas: tuple[float, ...] = (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0)
    hidden_units: tuple[int, ...] = (32, 32)
    # The best critic has a slope of 1 + |theta| / (2 weight), and as much too high an
    # estimate.
    penalty_weight: float = 100.0
    batch_size: int = 128
    num_steps: int = 500
    learning_rate: float = 5e-3
    num_samples: int = 10_000
    seed: int = 0


SMOKE = Config(thetas=(0.0, 0.5), hidden_units=(4,), num_steps=2, num_samples=10)


# === The two players ===
class _Line(keras.layers.Layer):
    """Maps noise to `(theta, U)`."""

    def build(self, input_shape):
        self.theta = self.add_weight(shape=(), initializer="zeros", name="theta")

    def call(self, z):
        height = tfd.Normal(0.0, 1.0).cdf(z)  # [B, 1], uniform
        return tf.concat([tf.fill(tf.shape(z), self.theta.value), height], axis=-1)


class _ParallelLines(AdversarialModel):
    """A generator of one line, and a dense discriminator."""

    def __init__(self, game, hidden_units, seed):
        super().__init__((2,), 1, game, seed=seed, name="parallel_lines")
        self.hidden_units = hidden_units
        self.build()

    def make_generator(self):
        return _Line(name="line")

    def make_discriminator(self):
        return DenseEncoder(1, self.hidden_units, activation="leaky_relu")


def make_model(config: Config, game) -> AdversarialModel:
    """Returns a model whose generator takes steps of 0."""
    model = _ParallelLines(game, config.hidden_units, config.seed)
    rate = cosine(config.learning_rate, config.num_steps)
    model.compile(
        keras.optimizers.SGD(0.0), keras.optimizers.Adam(rate, beta_1=0.5, beta_2=0.9)
    )
    return model


def data_line(num_samples: int, seed) -> np.ndarray:
    """Draws `[num_samples, 2]` points of the data's line."""
    height = np.random.default_rng(seed).uniform(size=num_samples)
    return np.stack([np.zeros(num_samples), height], axis=-1).astype("float32")


# === What is known, and what is learned ===
def exact_distances(theta: float) -> dict[str, float]:
    """Returns the `wasserstein` distance and `jensen_shannon`, in nats."""
    return {
        "wasserstein": abs(theta),
        "jensen_shannon": math.log(2.0) if theta else 0.0,
    }


def generator_gradient(model, num_samples: int) -> float:
    """Returns the derivative of the generator's mean loss by theta."""
    theta = model.generator.theta.value
    z = tf.random.stateless_normal([num_samples, 1], seed=(0, 2026))
    with tf.GradientTape() as tape:
        scores = model.discriminator(model.generator(z))
        loss = tf.reduce_mean(model.game.generator_loss(scores))
    return float(tape.gradient(loss, theta))


def _measured(model, theta, config):
    """Trains a discriminator against a line, from its own first weights."""
    model.generator.theta.assign(theta)
    batches = data_line(config.num_steps * config.batch_size, (config.seed, 0))
    model.fit(batches, batch_size=config.batch_size, shuffle=False, verbose=0)
    real = data_line(config.num_samples, (config.seed, 1))
    value = game_values(model, real, model.sample(len(real), seed=2026)).mean()
    return value, generator_gradient(model, config.num_samples)


class _FirstState:
    """Brings a model back to where it started, whichever theta came before."""

    def __init__(self, model):
        self._variables = [*model.variables, *model.discriminator_optimizer.variables]
        self._values = [v.numpy() for v in self._variables]

    def restore(self):
        for variable, value in zip(self._variables, self._values, strict=True):
            variable.assign(value)


def _lines(config, strategy, skip):
    """Yields what is known and learned of each theta, but for the first `skip`."""
    games = MinimaxGame(), WassersteinGPGame(1, config.penalty_weight)
    with strategy.scope():
        models = [make_model(config, game) for game in games]
    starts = [_FirstState(model) for model in models]
    for theta in config.thetas[skip:]:
        for start in starts:
            start.restore()
        (value, minimax), (distance, wasserstein) = (
            _measured(model, theta, config) for model in models
        )
        exact = exact_distances(theta)
        yield {
            "theta": theta,
            "jensen_shannon": exact["jensen_shannon"],
            "jensen_shannon_estimate": 0.5 * (value + math.log(4.0)),
            "minimax_gradient": minimax,
            "wasserstein": exact["wasserstein"],
            "wasserstein_estimate": distance,
            "wasserstein_gradient": wasserstein,
        }


# === The recipe ===
def evaluate(lines: list[dict], config: Config) -> dict[str, float]:
    """Returns what is worst over all theta.

    Gradients are those of the generator's loss by the distance `|theta|`, theta 0 left
    out, where it has none: 1 for the best critic, 0 for the best discriminator.
    """

    def worst(name):
        return max(abs(line[f"{name}_estimate"] - line[name]) for line in lines)

    apart = [line for line in lines if line["theta"]]
    inwards = [np.sign(x["theta"]) * x["wasserstein_gradient"] for x in apart]
    return {
        "max_jensen_shannon_error": worst("jensen_shannon"),
        "max_wasserstein_error": worst("wasserstein"),
        "largest_minimax_gradient": max(abs(x["minimax_gradient"]) for x in apart),
        "smallest_wasserstein_gradient": float(min(inwards)),
        "largest_wasserstein_gradient": float(max(inwards)),
    }


def _draw(lines):
    column = {name: np.array([x[name] for x in lines]) for name in lines[0]}
    theta = column["theta"]
    x = np.linspace(theta.min(), theta.max(), 1000)
    known = [exact_distances(t) for t in x]
    exact = {name: np.array([k[name] for k in known]) for name in known[0]}
    distances = Curves(
        theta,
        {
            "by a critic": column["wasserstein_estimate"],
            "by a discriminator": column["jensen_shannon_estimate"],
        },
        {"Wasserstein": exact["wasserstein"], "JSD": exact["jensen_shannon"]},
        exact_x=x,
        x_label="theta",
        y_label="distance",
    )
    gradients = Curves(
        theta,
        {
            "Wasserstein game": column["wasserstein_gradient"],
            "minimax game": column["minimax_gradient"],
        },
        {"sign(theta)": np.sign(x), "0": 0.0 * x},
        exact_x=x,
        x_label="theta",
        y_label="gradient of the generator's loss",
    )
    return draw_curves(distances, gradients)


def train(config: Config, start_run, *, strategy, verbose) -> dict[str, float]:
    """Trains a discriminator of each game for each theta, and writes the run folder.

    There is a line of `metrics.jsonl` for each theta, and no model to keep. A run that
    was cut off goes on with the next theta.
    """
    if not any(config.thetas):
        raise ValueError(f"Takes a theta other than 0. Received: {config.thetas}.")
    run = start_run()
    keras.utils.set_random_seed(config.seed)
    for line in _lines(config, strategy, skip=len(run.lines())):
        run.add_line(line)
        if verbose:
            print("  ", *(f"{name} {value:.4g}" for name, value in line.items()))
    lines = run.lines()
    metrics = evaluate(lines, config)
    save_png(_draw(lines), run.samples / "parallel_lines.png")
    run.save_result(None, metrics)
    return metrics
