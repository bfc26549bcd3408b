"""A code that is ignored, one that is used, and one that is not compressed.

    genkeras train collapse_mnist --data-dir DIR --workdir runs/collapse

The same VAE with three weights of the rate. `samples/collapse.png` has the rate of each
latent, and how far its codes as a whole are off the prior; `samples/means-*.png` what
draws of the prior decode to. Alemi et al., 2018, https://arxiv.org/abs/1711.00464.
"""

import dataclasses

import keras
import numpy as np

from ....zoo.latent import VAE
from ...data import load, prepare
from ...pictures import Curves, draw, draw_curves, save_png
from ...uses import posterior_report


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes any images with levels."""

    data: str = "mnist"
    data_dir: str | None = None
    binarize: str = "static"
    betas: tuple[float, ...] = (30.0, 1.0, 0.01)
    latent_size: int = 20
    hidden_units: tuple[int, ...] = (200, 200)
    batch_size: int = 100
    epochs: int = 8
    learning_rate: float = 1e-3
    num_scored: int = 5000
    seed: int = 0


SMOKE = Config(data="digits", betas=(1.0,), latent_size=2, hidden_units=(8,), epochs=1)


def load_data(config: Config):
    data = load(config.data, config.data_dir, seed=config.seed)
    return prepare(data, "unit", binarize=config.binarize)


def _trained(beta, config, data):
    keras.utils.set_random_seed(config.seed)
    model = VAE(
        data.event_shape,
        config.latent_size,
        hidden_units=config.hidden_units,
        beta=beta,
        seed=config.seed,
    )
    model.compile(keras.optimizers.Adam(config.learning_rate))
    size, epochs = config.batch_size, config.epochs
    model.fit(data.x["train"], batch_size=size, epochs=epochs, verbose=0)
    return model


def train(config: Config, start_run, *, strategy, verbose) -> dict[str, float]:
    """Trains a model for each weight, and writes the run folder.

    Its `metrics.jsonl` has a line for each, with the verdict in words. No model is
    kept.
    """
    data = load_data(config)
    run = start_run(data.picture)
    run.keep_lines(0)  # an interrupted run may have written some
    metrics, panels = {}, []
    ranks = np.arange(1, 1 + config.latent_size)
    for beta in config.betas:
        with strategy.scope():
            model = _trained(beta, config, data)
        found = posterior_report(model, data.x["test"][: config.num_scored])
        names = ("active_units", "rate", "distortion")
        line = {name: float(found[name]) for name in names}
        run.add_line({"beta": beta, **line, "verdict": found["verdict"]})
        if verbose:
            print(f"beta {beta:g}: {found['verdict']}")
        metrics |= {f"{name}_at_beta_{beta:g}": value for name, value in line.items()}
        lines = {
            f"{name}, beta {beta:g}": np.sort(found[key])[::-1]
            for name, key in (("rate", "rate_of_each"), ("off", "distance_to_prior"))
        }
        panels.append(Curves(ranks, lines, x_label="latent", y_label="nats"))
        drawn = model.sample(32, seed=config.seed, mean=True)
        image = draw(drawn, data.picture, columns=16)
        save_png(image, run.samples / f"means-{beta:g}.png")
    save_png(draw_curves(*panels), run.samples / "collapse.png")
    run.save_result(None, metrics)
    return metrics
