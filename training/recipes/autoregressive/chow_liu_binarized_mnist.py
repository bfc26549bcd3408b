"""The likeliest tree over the pixels of binarized MNIST, by counting pairs.

    genkeras train chow_liu_binarized_mnist --data-dir DIR --workdir runs/tree
    genkeras train chow_liu_binarized_mnist --data DIR/dna.npz --workdir runs/dna

Chow and Liu, 1968, https://doi.org/10.1109/TIT.1968.1054142, with the prior of one
example over each table; the fixed binarization of Larochelle and Murray, 2011. No step
of gradient is taken unless `--epochs` asks for some.
"""

import dataclasses

import keras

from ....zoo.autoregressive import BayesNet, chow_liu_tree
from ...data import prepare
from ...evaluation import evaluate_density
from ...pictures import draw, draw_graph, save_png
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. Takes any levels, made into vectors."""

    data: str = "binarized_mnist"
    pseudo_count: float = 1.0
    batch_size: int = 500
    epochs: int = 0
    learning_rate: float = 1e-3
    seed: int = 0


SMOKE = Config(data="digits", epochs=1)


def load_data(config: Config):
    return prepare(load_images(config), "raw", flatten=True)


def make_model(config: Config, data):
    x, prior = data.x["train"], {"pseudo_count": config.pseudo_count}
    tree = chow_liu_tree(x, data.num_levels, **prior)
    model = BayesNet(tree, num_levels=data.num_levels, seed=config.seed)
    model.fit_counts(x, **prior)
    model.compile(keras.optimizers.Adam(config.learning_rate))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_density(model, data)


def report(model, data, config: Config, run) -> dict[str, float]:
    """Draws the tree over the pixels, and samples from it."""
    if data.picture is not None:
        tree = draw_graph(model.parents, data.picture.image_shape)
        save_png(tree, run.samples / "tree.png")
        x = model.sample(model.preview_size, seed=0)
        save_png(draw(x, data.picture), run.samples / "samples.png")
    return {}
