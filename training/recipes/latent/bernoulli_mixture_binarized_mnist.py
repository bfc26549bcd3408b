"""A mixture of 500 products of Bernoullis on statically binarized MNIST, by EM.

    genkeras train bernoulli_mixture_binarized_mnist --data-dir DIR --workdir runs/mix

The epochs of gradient after it only polish. Bishop, 2006, section 9.3.3,
https://www.microsoft.com/en-us/research/people/cmbishop/prml-book/; the fixed
binarization of Larochelle and Murray, 2011.
"""

import dataclasses

import keras

from ....zoo.latent import BernoulliMixture
from ...data import prepare, steps_per_epoch
from ...evaluation import evaluate_density
from ...schedules import cosine
from ..image_config import ImageConfig, load_images


@dataclasses.dataclass(frozen=True)
class Config(ImageConfig):
    """Everything that changes the result. `binarize` is for sets that have levels."""

    data: str = "binarized_mnist"
    binarize: str | None = None
    num_components: int = 500
    em_steps: int = 25
    pseudo_count: float = 1.0
    batch_size: int = 500
    epochs: int = 1
    learning_rate: float = 1e-4
    seed: int = 0


SMOKE = Config(data="digits", binarize="static", num_components=4, em_steps=2)


def load_data(config: Config):
    data = load_images(config)
    return prepare(data, "unit", binarize=config.binarize)


def make_model(config: Config, data):
    model = BernoulliMixture(data.event_shape, config.num_components, seed=config.seed)
    prior = {"pseudo_count": config.pseudo_count}
    model.start_from(data.x["train"], seed=config.seed, **prior)
    model.fit_em(data.x["train"], num_steps=config.em_steps, start=None, **prior)
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    model.compile(keras.optimizers.Adam(cosine(config.learning_rate, steps)))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_density(model, data)
