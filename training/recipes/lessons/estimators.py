"""Estimates of log p(x) and of its gradient, against the number of draws.

    genkeras train estimators --workdir runs/estimators

A small VAE, whose integral over two latents is summed on a grid, and a model of eight
hidden bits, whose sum is exact, are trained on 8x8 digits of two levels. Then each
estimator is asked often: `samples/bounds.png` has the means of the bounds beside
log p(x), `samples/gradients.png` the spread of the encoder's gradients. "Fitted" bounds
have a normal of its own for each image in the place of the encoder's; what they gain is
the amortization gap, and what the fitted ELBO still lacks the approximation gap. Burda
et al., 2016, https://arxiv.org/abs/1509.00519; Cremer et al., 2018,
https://arxiv.org/abs/1801.03558; Tucker et al., 2019, https://arxiv.org/abs/1810.04152;
Mnih and Rezende, 2016, https://arxiv.org/abs/1602.06725.
"""

import dataclasses
import math

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from ....zoo.latent import (
    VAE,
    BinaryLatentModel,
    EvidenceBound,
    ExactSum,
    ImportanceBound,
    PriorSampling,
    fit_posterior,
)
from ...data import load, prepare, steps_per_epoch
from ...pictures import Curves, draw_curves, save_png
from ...schedules import cosine
from ...uses import inference_gaps

tfd = tfp.distributions

BOUNDS = {
    "prior sampling": PriorSampling,
    "ELBO": EvidenceBound,
    "IWAE": ImportanceBound,
}
GAP = "log10 of the nats below log p(x)"
GRADIENTS = ("score", "score_baseline", "pathwise", "dreg")


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes any images with levels."""

    data: str = "digits"
    data_dir: str | None = None
    hidden_units: tuple[int, ...] = (64,)
    num_bits: int = 8
    batch_size: int = 100
    epochs: int = 100
    learning_rate: float = 5e-3
    num_draws: tuple[int, ...] = (1, 2, 5, 10, 30, 100)
    num_examples: int = 20
    num_repeats: int = 200
    num_fitting_steps: int = 500
    seed: int = 0


SMOKE = Config(
    hidden_units=(4,),
    num_bits=2,
    epochs=1,
    num_draws=(2,),
    num_examples=2,
    num_repeats=3,
    num_fitting_steps=2,
)


def load_data(config: Config):
    return prepare(load(config.data, config.data_dir), "unit", binarize="threshold")


def make_model(config: Config, data):
    model = VAE(data.event_shape, 2, hidden_units=config.hidden_units, seed=config.seed)
    _compile(model, config, data)
    return model


def _compile(model, config, data):
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(keras.optimizers.Adam(cosine(config.learning_rate, steps)))


def _bits(config, data):
    """The model of hidden bits, trained without noise and then with its encoder."""
    model = BinaryLatentModel(
        data.event_shape,
        config.num_bits,
        hidden_units=config.hidden_units,
        estimator=EvidenceBound(5, gradient="score_baseline"),
        seed=config.seed,
    )
    _compile(model, config, data)
    model.fit(
        data.x["train"], batch_size=config.batch_size, epochs=config.epochs, verbose=0
    )
    return model


# === Bounds ===
def integral(model, x, *, width: float = 5.0, num_points: int = 100) -> np.ndarray:
    """Returns `log p(x)` of a VAE of two latents, as a sum over a grid: `[N]` nats.

    Args:
        model: `VAE` with `latent_size` 2.
        x: `[N, *event_shape]`.
        width: float. The grid goes from minus to plus so many standard deviations.
        num_points: int. Along each axis.
    """
    edges = np.linspace(-width, width, num_points + 1)
    middle = (edges[1:] + edges[:-1]) / 2
    z = np.stack(np.meshgrid(middle, middle), axis=-1).reshape(-1, 2).astype("float32")
    log_prior = model.prior().log_prob(z)
    cell = 2.0 * math.log(edges[1] - edges[0])
    one = tf.function(lambda row: model.likelihood(z).log_prob(row[None]) + log_prior)
    return np.array([tf.reduce_logsumexp(one(row)) + cell for row in np.float32(x)])


def fitted_bounds(model, x, config: Config) -> dict:
    """Returns bounds whose posterior is fitted to each example, of repeated ones."""
    q = fit_posterior(model, x, num_steps=config.num_fitting_steps, seed=config.seed)
    moments = [np.repeat(m, config.num_repeats, axis=0) for m in (q.mean(), q.stddev())]

    def proposal(model, x, condition):
        return tfd.MultivariateNormalDiag(*moments)

    return {
        f"fitted {name}": lambda count, kind=BOUNDS[name]: kind(
            count, proposal=proposal
        )
        for name in ("ELBO", "IWAE")
    }


def mean_bounds(model, x, config: Config, kinds=BOUNDS) -> dict[str, np.ndarray]:
    """Returns the mean of each bound over the examples and repeats, for each number."""
    many = np.repeat(x, config.num_repeats, axis=0)  # each row has noise of its own

    def mean(estimator):
        return float(tf.reduce_mean(estimator(model, many, seed=1)))

    return {
        name: np.array([mean(kind(count)) for count in config.num_draws])
        for name, kind in kinds.items()
    }


# === Gradients ===
def spreads(model, x, kinds, config: Config) -> dict[str, np.ndarray]:
    """Returns the variance of the encoder's gradient, summed over its weights.

    The gradient is that of the mean of the importance-weighted bound over the examples;
    the variance is over repeats. NaN where an estimator wants more draws.
    """
    weights = model.encoder.trainable_variables

    def spread(kind, count):
        if kind == "score_baseline" and count == 1:
            return np.nan
        estimator = ImportanceBound(count, gradient=kind)

        @tf.function
        def gradient(seed):
            with tf.GradientTape() as tape:
                bound = tf.reduce_mean(estimator(model, x, seed=seed))
            found = tape.gradient(bound, [w.value for w in weights])
            return tf.concat([tf.reshape(g, [-1]) for g in found], axis=0)

        rows = [gradient(tf.constant([i, 1])) for i in range(config.num_repeats)]
        return float(np.sum(np.var(rows, axis=0, ddof=1, dtype="float64")))

    return {
        kind: np.array([spread(kind, count) for count in config.num_draws])
        for kind in kinds
    }


# === The recipe ===
def evaluate(model, data, config: Config) -> dict[str, float]:
    """Scores the test split by the last number of draws of each bound."""
    x = data.x["test"][: config.num_examples]
    truth = integral(model, x)
    found = {"log_prob": np.mean(truth)}
    for name, means in mean_bounds(model, x, config).items():
        key = name.lower().replace(" ", "_")
        found |= {f"{key}_of_1": means[0], f"{key}_of_most": means[-1]}
    gaps = inference_gaps(
        model,
        x,
        log_prob=truth,
        num_draws=config.num_repeats,
        num_steps=config.num_fitting_steps,
        seed=config.seed,
    )
    for name in ("approximation_gap", "amortization_gap"):
        found[name] = np.mean(gaps[name])
    return {name: float(value) for name, value in found.items()}


def _gaps(bounds, truth, name):
    """How far below the truth they lie; noise may lift a tight one above it."""
    return {
        f"{bound}, {name}": np.log10(np.maximum(truth - means, 1e-4))
        for bound, means in bounds.items()
    }


def report(model, data, config: Config, run) -> dict[str, float]:
    """Draws bounds and gradients of both models."""
    x = data.x["test"][: config.num_examples]
    bits = _bits(config, data)
    counts = np.array(config.num_draws, "float64")
    axis = {"x": np.log10(counts), "x_label": "log10 of the number of draws"}
    truth, exact = np.mean(integral(model, x)), np.mean(ExactSum()(bits, x))
    kinds = BOUNDS | fitted_bounds(model, x, config)
    bounds = mean_bounds(model, x, config, kinds)
    of_bits = mean_bounds(bits, x, config)
    panels = [
        Curves(
            **axis,
            lines=bounds,
            exact={"log p(x)": np.full(len(counts), truth)},
            y_label="nats",
        ),
        Curves(**axis, lines=_gaps(bounds, truth, "vae"), y_label=GAP),
        Curves(**axis, lines=_gaps(of_bits, exact, "bits"), y_label=GAP),
    ]
    save_png(draw_curves(*panels), run.samples / "bounds.png")
    found = {
        "vae": spreads(model, x, GRADIENTS, config),
        "bits": spreads(bits, x, GRADIENTS[:2], config),
    }
    panels = [
        Curves(
            **axis,
            lines={f"{kind}, {name}": np.log10(v) for kind, v in of.items()},
            y_label="log10 of the variance of the gradient",
        )
        for name, of in found.items()
    ]
    save_png(draw_curves(*panels), run.samples / "gradients.png")
    return {
        f"{name}_variance_of_{kind}_at_{config.num_draws[-1]}": float(values[-1])
        for name, of in found.items()
        for kind, values in of.items()
    }
