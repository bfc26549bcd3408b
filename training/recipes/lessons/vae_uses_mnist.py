"""What the code of a VAE is good for: a probe, a map, traversals, a report.

    genkeras train vae_uses_mnist --data-dir DIR --workdir runs/uses

The accuracy of a linear classifier of the codes stands beside that of as many principal
components; the latents' activity and rates say which of them are used, in numbers and
in words. `samples/` has a map of the codes in the colors of the labels, the way from
one test image to another, and what each of the most active latents does. With
`--set latent_size=2` the map is the code itself. Burda et al., 2016, section 5.2,
https://arxiv.org/abs/1509.00519.
"""

import dataclasses

import keras
import numpy as np

from ....zoo.latent import VAE
from ...data import load, prepare, steps_per_epoch
from ...pictures import Curves, draw, draw_curves, save_png
from ...schedules import cosine
from ...uses import (
    draw_latent_map,
    features_of,
    posterior_report,
    probe_beside_pca,
    traverse,
)


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes any labelled images with levels."""

    data: str = "mnist"
    data_dir: str | None = None
    binarize: str = "static"
    latent_size: int = 50
    beta: float = 1.0
    hidden_units: tuple[int, ...] = (200, 200)
    batch_size: int = 100
    epochs: int = 20
    learning_rate: float = 2e-3
    num_probed: int = 10_000
    seed: int = 0


SMOKE = Config(
    data="digits", latent_size=3, hidden_units=(8,), epochs=1, num_probed=100
)


def load_data(config: Config):
    data = load(config.data, config.data_dir, seed=config.seed)
    return prepare(data, "unit", binarize=config.binarize)


def make_model(config: Config, data):
    model = VAE(
        data.event_shape,
        config.latent_size,
        hidden_units=config.hidden_units,
        beta=config.beta,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(keras.optimizers.Adam(cosine(config.learning_rate, steps)))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    count = config.num_probed
    found = posterior_report(model, data.x["test"])
    names = ("active_units", "rate", "distortion")
    return {
        **probe_beside_pca(model, data, num_train=count, num_test=count),
        **{name: float(found[name]) for name in names},
    }


def report(model, data, config: Config, run) -> dict[str, float]:
    """Draws the code from several sides."""
    x, labels = data.x["test"], data.labels["test"]
    found = posterior_report(model, x)
    print(found["verdict"])
    codes = features_of(model, x[:5000])
    save_png(draw_latent_map(codes, labels[:5000]), run.samples / "map.png")
    firsts = np.array([np.flatnonzero(labels == k)[0] for k in np.unique(labels)])
    ways = np.asarray(model.interpolate(x[firsts], x[np.roll(firsts, -1)], 10))
    _save_table(ways, data, run.samples / "interpolations.png")
    order = np.argsort(-found["activity"])[:10]
    moved = traverse(model, x[firsts[-1]], dimensions=list(order), num_steps=10)
    _save_table(moved, data, run.samples / "traversals.png")
    ranked = {k: np.sort(found[k])[::-1] for k in ("activity", "rate_of_each")}
    ranks = np.arange(1, 1 + model.latent_size)
    save_png(
        draw_curves(Curves(ranks, ranked, x_label="latent, the largest first")),
        run.samples / "latents.png",
    )
    return {}


def _save_table(table, data, path):
    flat = table.reshape(-1, *data.event_shape)
    save_png(draw(flat, data.picture, columns=table.shape[1]), path)
