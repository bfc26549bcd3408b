"""Likelihoods and strangers: digits under a model of clothes.

    genkeras train anomalies_fashion_mnist --data-dir DIR --workdir runs/anomalies
    genkeras train anomalies_fashion_mnist --set family=flow --data-dir DIR

A model of each family is trained on clothes and asked about digits, and the areas under
two curves are given: of the likelihood, which finds digits likelier than most clothes
(an area below 0.5), and of its distance to what is typical, which does not know which
side is strange. `--data mnist --set outside=fashion_mnist` is the easy direction.
Nalisnick et al., 2019, https://arxiv.org/abs/1810.09136 and
https://arxiv.org/abs/1906.02994.
"""

import dataclasses

import keras
import numpy as np

from ....zoo.autoregressive import MADE
from ....zoo.flows import NICE
from ....zoo.latent import VAE, BernoulliMixture
from ...data import DataError, load, prepare, steps_per_epoch
from ...pictures import Curves, draw_curves, save_png
from ...schedules import cosine
from ...uses import anomaly_scores, log_likelihoods, roc


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result.

    `family` is "latent", "autoregressive" or "mixture", of bits; or "flow", of levels.
    """

    data: str = "fashion_mnist"
    outside: str = "mnist"
    data_dir: str | None = None
    family: str = "latent"
    hidden_units: tuple[int, ...] = (200, 200)
    num_components: int = 100
    batch_size: int = 100
    epochs: int = 10
    learning_rate: float = 1e-3
    num_scored: int = 2000
    seed: int = 0


SMOKE = Config(
    data="digits",
    outside="digits",
    hidden_units=(8,),
    num_components=3,
    epochs=1,
    num_scored=50,
)


def _load(name, config):
    data = load(name, config.data_dir, seed=config.seed)
    flow = config.family == "flow"
    return prepare(
        data,
        "raw" if flow else "unit",
        binarize=None if flow else "static",
        flatten=config.family in ("flow", "autoregressive"),
    )


def load_data(config: Config):
    return _load(config.data, config)


def _latent(config, data):
    return VAE(data.event_shape, 50, hidden_units=config.hidden_units, seed=config.seed)


def _autoregressive(config, data):
    levels = {"num_levels": 2, "seed": config.seed}
    return MADE(*data.event_shape, config.hidden_units[:1], **levels)


def _mixture(config, data):
    model = BernoulliMixture(data.event_shape, config.num_components, seed=config.seed)
    model.start_from(data.x["train"], seed=config.seed, pseudo_count=1.0)
    model.fit_em(data.x["train"], num_steps=15, start=None, pseudo_count=1.0)
    return model


def _flow(config, data):
    return NICE(
        *data.event_shape,
        hidden_units=config.hidden_units,
        identity_start=True,
        num_levels=data.num_levels,
        seed=config.seed,
    )


FAMILIES = {
    "latent": _latent,
    "autoregressive": _autoregressive,
    "mixture": _mixture,
    "flow": _flow,
}


def make_model(config: Config, data):
    if config.family not in FAMILIES:
        raise DataError(
            f"Families are {', '.join(FAMILIES)}. Received: {config.family!r}."
        )
    model = FAMILIES[config.family](config, data)
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    rate = cosine(config.learning_rate, steps)
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=10.0))
    return model


def _scores(model, data, config):
    """Log-likelihoods of training examples, of test examples, and of strangers."""
    outside = _load(config.outside, config).x["test"]
    parts = (data.x["train"], data.x["test"], outside)
    return [log_likelihoods(model, x[: config.num_scored]) for x in parts]


def _curves(train, inside, outside):
    return {
        "likelihood": roc(anomaly_scores(inside), anomaly_scores(outside)),
        "typicality": roc(
            anomaly_scores(inside, typical=train),
            anomaly_scores(outside, typical=train),
        ),
    }


def evaluate(model, data, config: Config) -> dict[str, float]:
    train, inside, outside = _scores(model, data, config)
    curves = _curves(train, inside, outside)
    return {
        "test_log_prob": float(inside.mean()),
        "outside_log_prob": float(outside.mean()),
        "auc_of_likelihood": curves["likelihood"]["auc"],
        "auc_of_typicality": curves["typicality"]["auc"],
    }


def report(model, data, config: Config, run) -> dict[str, float]:
    """Draws where the likelihoods lie, and both curves."""
    train, inside, outside = _scores(model, data, config)
    low, high = np.quantile(np.concatenate([inside, outside]), [0.002, 0.998])
    edges = np.linspace(low, high + 1e-6, 60)
    bars = {
        name: np.histogram(part, edges)[0] / len(part)
        for name, part in ((config.data, inside), (f"{config.outside} ", outside))
    }
    middle = (edges[1:] + edges[:-1]) / 2
    panels = [Curves(middle, bars, x_label="log p(x), nats", y_label="share of images")]
    at = np.linspace(0.0, 1.0, 101)
    lines = {
        f"{name}: {curve['auc']:.3f}": np.interp(
            at, curve["false_positive_rate"], curve["true_positive_rate"]
        )
        for name, curve in _curves(train, inside, outside).items()
    }
    panels.append(
        Curves(
            at,
            lines,
            x_label=f"share of {config.data} that is refused",
            y_label=f"share of {config.outside} that is found",
        )  # fmt: skip
    )
    save_png(draw_curves(*panels), run.samples / "anomalies.png")
    return {}
