"""The rest of a digit, of which 1, 2 or 3 quadrants are known, by a conditional VAE.

    genkeras train conditional_vae_mnist_quadrants --data-dir DIR --workdir runs/cvae

Known are the lower left quadrant, the left half, or all but the upper right one, of
statically binarized images; scored is the rest. Beside the bound stands a deterministic
network that gives each unknown pixel a probability of its own. Sohn et al., 2015,
section 5.1, https://papers.nips.cc/paper/5775.
"""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from ....zoo.latent import ConditionalVAE
from ...data import prepare, steps_per_epoch
from ...evaluation import evaluate_latent
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. `binarize` is for sets that have levels."""

    data: str = "binarized_mnist"
    binarize: str | None = None
    num_quadrants: int = 1
    latent_size: int = 50
    hidden_units: tuple[int, ...] = (300, 300)
    batch_size: int = 250
    epochs: int = 40
    learning_rate: float = 2e-3
    num_draws: int = 100
    baseline_epochs: int = 8
    seed: int = 0


SMOKE = Config(
    data="digits",
    binarize="static",
    latent_size=2,
    hidden_units=(8,),
    epochs=1,
    num_draws=2,
    baseline_epochs=1,
)


def _known(shape, num_quadrants):
    """Which pixels are known: `[H, W, C]` booleans."""
    height, width, _ = shape
    known = np.zeros(shape, bool)
    if num_quadrants == 1:
        known[height // 2 :, : width // 2] = True
    else:
        known[:, : width // 2] = True
    if num_quadrants == 3:
        known[height // 2 :] = True
    return known


def load_data(config: Config):
    if config.num_quadrants not in (1, 2, 3):
        raise ValueError(f"Known are 1 to 3. Received: {config.num_quadrants}.")
    data = load_images(config)
    data = prepare(data, "unit", binarize=config.binarize)
    known = _known(data.event_shape, config.num_quadrants)
    return dataclasses.replace(
        data,
        x={split: x[:, ~known] for split, x in data.x.items()},
        sources={split: x[:, known] for split, x in data.x.items()},
    )


def make_model(config: Config, data):
    model = ConditionalVAE(
        data.event_shape,
        config.latent_size,
        condition_spec={"shape": list(data.sources["train"].shape[1:])},
        hidden_units=config.hidden_units,
        activation="relu",
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(keras.optimizers.Adam(cosine(config.learning_rate, steps)))
    return model


def show(model, data):
    """Test images, each in a row: itself, and what may stand beside its known part."""
    source = data.sources["test"][:8]
    (unknown,) = model.event_shape
    parts = source.shape[1] / (source.shape[1] + unknown)
    known = _known(data.picture.image_shape, round(4 * parts))
    rows = [data.x["test"][:8]]
    rows += [model.sample(8, condition=source, seed=i, mean=True) for i in range(7)]
    images = np.zeros([8, 8, *known.shape], "float32")
    images[:, :, known] = source[:, None]
    images[:, :, ~known] = np.stack(rows, axis=1)
    return images


def _baseline(config, data):
    """The nll of a network of the known pixels alone."""
    net = keras.Sequential(
        [
            *(keras.layers.Dense(n, activation="relu") for n in config.hidden_units),
            keras.layers.Dense(*data.event_shape),
        ]
    )
    net.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
    given = [data.sources["train"], data.x["train"]]
    # Longer, it learns the training images by heart.
    options = {"batch_size": config.batch_size, "epochs": config.baseline_epochs}
    net.fit(*given, **options, verbose=0)
    logits = net.predict(data.sources["test"], batch_size=500, verbose=0)
    x = data.x["test"]
    losses = tf.nn.sigmoid_cross_entropy_with_logits(x, logits).numpy()
    return float(losses.sum(axis=1, dtype="float64").mean())


def evaluate(model, data, config: Config) -> dict[str, float]:
    bounds = evaluate_latent(model, data, num_samples=config.num_draws)
    return {
        **bounds,
        "test_negative_cll": -bounds["test_log_prob"],
        "test_baseline_negative_cll": _baseline(config, data),
    }
