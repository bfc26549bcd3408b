"""A VQ-VAE on binarized MNIST, and a prior of its 49 codes that knows the digit.

    genkeras train vqvae_mnist --data-dir DIR --workdir runs/vqvae

The prior, a gated PixelCNN over the codes, is trained once the code book stands. The
bound is that of the one code of each test image; see `evaluate_codes`. In colour:

    genkeras train vqvae_mnist --data cifar10_5k --set binarize=none --set
    error=squared --set num_codes=256 --set filters=64,64 --data-dir DIR

van den Oord et al., 2017, https://arxiv.org/abs/1711.00937.
"""

import dataclasses

import keras
import numpy as np

from ....zoo.autoregressive import GatedPixelCNN
from ....zoo.latent import VQVAE
from ...data import prepare, steps_per_epoch, training_batches
from ...evaluation import evaluate_codes
from ...pictures import draw, save_png
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. Takes any data set of images."""

    data: str = "mnist"
    binarize: str | None = "dynamic"
    error: str = "cross_entropy"
    num_codes: int = 64
    code_size: int = 16
    filters: tuple[int, ...] = (32, 32)
    commitment: float = 0.25
    decay: float = 0.99
    batch_size: int = 100
    epochs: int = 5
    learning_rate: float = 2e-3
    conditional: bool = True
    prior_filters: int = 32
    prior_blocks: int = 5
    prior_epochs: int = 10
    prior_learning_rate: float = 2e-3
    seed: int = 0


SMOKE = Config(
    data="digits",
    num_codes=8,
    code_size=4,
    filters=(4, 4),
    epochs=1,
    prior_filters=4,
    prior_blocks=1,
    prior_epochs=1,
)


def load_data(config: Config):
    data = load_images(config)
    return prepare(data, "unit", binarize=config.binarize)


def _condition(config, data):
    labelled = config.conditional and data.num_classes
    return {"num_classes": data.num_classes} if labelled else None


def make_model(config: Config, data):
    halvings = 2 ** len(config.filters)
    grid = [n // halvings for n in data.event_shape[:2]]
    prior = GatedPixelCNN(
        (*grid, 1),
        config.prior_filters,
        config.prior_blocks,
        num_levels=config.num_codes,
        condition_spec=_condition(config, data),
        seed=config.seed,
    )
    model = VQVAE(
        data.event_shape,
        config.num_codes,
        config.code_size,
        filters=config.filters,
        prior=prior,
        error=config.error,
        commitment=config.commitment,
        decay=config.decay,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(keras.optimizers.Adam(cosine(config.learning_rate, steps)))
    return model


def fit_more(model, data, config: Config) -> dict[str, float]:
    """Trains the prior, on bits that are drawn anew for each of its epochs."""
    epochs = config.prior_epochs
    batches = training_batches(
        data,
        config.batch_size,
        seed=config.seed + 1,
        epochs=epochs,
        with_conditions=model.condition_spec is not None,
    )
    steps = epochs * steps_per_epoch(data, config.batch_size)
    history = model.fit_prior(
        batches,
        optimizer=keras.optimizers.Adam(cosine(config.prior_learning_rate, steps)),
        batch_size=config.batch_size,
        verbose=0,
    )
    return {"train_code_nll": float(history.history["nll"][-1])}


def show(model, data):
    """Test images and, below them, their reconstructions: means, no draws."""
    x = data.x["test"][:10]
    return np.stack([x, model.reconstruct(x)])


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_codes(model, data)


def report(model, data, config: Config, run) -> dict[str, float]:
    """Draws decoded codes of the prior, a row for each class if they are few."""
    count = model.preview_size
    drawn = np.asarray(model.preview(count, seed=config.seed))
    save_png(draw(drawn, data.picture), run.samples / "samples.png")
    return {}
