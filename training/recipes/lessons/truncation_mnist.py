"""Truncated noise: better digits, and fewer kinds of them.

    genkeras train truncation_mnist --set run=runs/cgan --workdir runs/truncation

Takes the finished run of a GAN that is conditioned on labels; without one, it first
trains that of `conditional_gan_mnist`, in the folder `gan` of its own. Then it draws
samples of noise that is kept within ever narrower bounds, and images on the way from
one noise to another. Brock et al., 2019, section 3.1 and figure 2,
https://arxiv.org/abs/1809.11096; White, 2016, section 2.1,
https://arxiv.org/abs/1609.04468.
"""

import dataclasses

import numpy as np
import tensorflow as tf

from ....zoo.gans import AdversarialModel
from ...data import DataSet
from ...evaluation import in_parts, label_judge, unit_images
from ...metrics import PrecisionRecallDensityCoverage, mnist_features
from ...pictures import Curves, draw, draw_curves, save_png
from ...run_folder import RunError, RunFolder
from .. import load as load_recipe
from ..gans import conditional_gan_mnist


@dataclasses.dataclass(frozen=True)
class Config(conditional_gan_mnist.Config):
    """Everything that changes the result.

    `run` is the folder of a finished run. With one, the hyperparameters that
    `conditional_gan_mnist` has too say nothing, but `data_dir`, `num_samples` and
    `seed`: its own hold.
    """

    run: str | None = None
    truncations: tuple[float, ...] = (2.0, 1.0, 0.5, 0.25)
    num_steps: int = 10


SMOKE = Config(
    **{**dataclasses.asdict(conditional_gan_mnist.SMOKE), "num_samples": 200},
    truncations=(2.0, 0.5),
    num_steps=3,
)


# === The model ===
def _finished(config):
    """The model and the data of the run that is given."""
    given = RunFolder.open(config.run)
    recipe = load_recipe(given.recipe)
    asked = given.config_like(recipe.Config())
    if config.data_dir is not None:
        asked = dataclasses.replace(asked, data_dir=config.data_dir)
    model = given.load_model()
    if not isinstance(model, AdversarialModel) or model.class_by_class(1) is None:
        raise RunError(
            "Takes the run of a GAN that is conditioned on labels. Received: "
            f"{config.run!r}, a run of {given.recipe}."
        )
    return model, recipe.load_data(asked)


def _trained(config, folder, options):
    fields = dataclasses.fields(conditional_gan_mnist.Config)
    own = {field.name: getattr(config, field.name) for field in fields}
    config = conditional_gan_mnist.Config(**own)
    resume = (folder / "config.json").exists()
    load_recipe("conditional_gan_mnist").train(config, folder, resume=resume, **options)
    model = RunFolder.open(folder).load_model()
    return model, conditional_gan_mnist.load_data(config)


# === What truncation does ===
def variety(features, labels) -> float:
    """Returns how far two samples of one class are apart.

        sqrt(2 sum_c sum_(i in c) |f_i - mean_c|^2 / (N - C))

    which estimates the root of the mean squared distance of two draws of one class,
    pooled over the classes.

    Args:
        features: `[N, F]`.
        labels: `[N]` integers, of `C < N` different values.

    Example:
    >>> variety(np.array([[0.0], [3.0]]), np.array([7, 7]))
    3.0
    """
    classes, which = np.unique(labels, return_inverse=True)
    rows = np.eye(len(classes))[which]  # [N, C]
    means = (rows.T @ features) / rows.sum(axis=0)[:, None]
    scatter = np.sum((features - means[which]) ** 2)
    return float(np.sqrt(2.0 * scatter / (len(features) - len(classes))))


def _features_of(data: DataSet):
    """From images to features: of MNIST the classifier's, of other data pixels."""
    if data.name == "mnist":
        return lambda x: np.asarray(mnist_features().features(unit_images(x, data)))
    return lambda x: unit_images(x, data).reshape(len(x), -1)


def compare(model, data: DataSet, config: Config) -> list[dict]:
    """Scores the samples of each truncation.

    Returns:
        A dict for each truncation, and one of real examples, whose truncation is None:
        `label_accuracy` and `precision`, which say how good samples are, and `recall`
        and `variety`, how different. The variety is relative to the test images'.
    """
    labels = data.labels["test"][: config.num_samples]
    judge, features_of = label_judge(data), _features_of(data)
    real = features_of(data.x["test"][: len(labels)])
    full = variety(real, labels)

    def line(truncation, x, labels):
        features = features_of(x)
        kept = PrecisionRecallDensityCoverage(max_samples=len(real))
        found = kept(real, features)
        return {
            "truncation": truncation,
            "label_accuracy": judge(x, labels),
            "precision": float(found["precision"]),
            "recall": float(found["recall"]),
            "variety": variety(features, labels) / full,
        }

    lines = [
        line(bound, _truncated(model, labels, bound, config.seed), labels)
        for bound in config.truncations
    ]
    count = slice(len(labels))
    return [*lines, line(None, data.x["train"][count], data.labels["train"][count])]


def _truncated(model, labels, bound, seed):
    def sample(rows, i):
        condition = labels[rows]
        return model.sample(
            len(rows), condition=condition, seed=(seed, i), truncation=bound
        )

    return in_parts(sample, np.arange(len(labels)))


# === The way from one noise to another ===
def spherical(start, end, num_steps: int) -> np.ndarray:
    """Returns the great circle's arc between two directions, and a length to each.

        sin((1 - t) w) / sin w start + sin(t w) / sin w end,   t = 0, ..., 1

    with the angle `w` between them: on the way Gaussian noise keeps its typical length,
    which the straight line would leave. Parallel ones have no arc but that line.

    Args:
        start: `[Z]`.
        end: `[Z]`.
        num_steps: int. How many, both ends included.

    Returns:
        `[num_steps, Z]`.

    Example:
    >>> spherical(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 3).round(3)
    array([[1.   , 0.   ],
           [0.707, 0.707],
           [0.   , 1.   ]])
    """
    way = np.linspace(0.0, 1.0, num_steps)[:, None]
    cosine = start @ end / (np.linalg.norm(start) * np.linalg.norm(end))
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    if np.sin(angle) < 1e-6:
        return (1.0 - way) * start + way * end
    parts = np.sin((1.0 - way) * angle) * start + np.sin(way * angle) * end
    return parts / np.sin(angle)


def interpolate(model, num_steps: int, seed: int) -> np.ndarray:
    """Generates a row for each label, on the way between the same two noises.

    Returns:
        `[num_classes, num_steps, *event_shape]`.
    """
    num_classes = model.condition_spec["num_classes"]
    ends = tf.random.stateless_normal([2, model.latent_size], (0, seed)).numpy()
    z = np.tile(spherical(*ends, num_steps), [num_classes, 1])
    labels = np.repeat(np.arange(num_classes), num_steps)
    images = np.asarray(model.generate(z.astype("float32"), labels))
    return images.reshape(num_classes, num_steps, *images.shape[1:])


# === The recipe ===
def evaluate(lines: list[dict]) -> dict[str, float]:
    """Returns what `compare` found, each number by its name and truncation."""
    metrics = {}
    for line in lines:
        bound = line["truncation"]
        ending = "of_real" if bound is None else f"at_{bound:g}"
        found = {k: v for k, v in line.items() if k != "truncation"}
        metrics |= {f"{name}_{ending}": value for name, value in found.items()}
    return metrics


def _draw(model, data, lines, config, run):
    labels = model.class_by_class(data.num_classes**2)
    for bound in config.truncations:
        images = _truncated(model, labels, bound, config.seed)
        image = draw(images, data.picture, columns=data.num_classes)
        save_png(image, run.samples / f"truncation-{bound:g}.png")
    ways = interpolate(model, config.num_steps, config.seed)
    image = draw(ways.reshape(-1, *data.event_shape), data.picture, ways.shape[1])
    save_png(image, run.samples / "interpolation.png")
    lines = sorted(lines[:-1], key=lambda line: line["truncation"])
    column = {name: np.array([x[name] for x in lines]) for name in lines[0]}
    bounds = column.pop("truncation")
    curves = Curves(bounds, column, x_label="truncation")
    save_png(draw_curves(curves), run.samples / "trade_off.png")


def train(config: Config, start_run, *, strategy, verbose) -> dict[str, float]:
    """Scores and draws truncated samples, and writes the run folder.

    Its `metrics.jsonl` has a line for each truncation and one for real examples. The
    model stays where it was trained.
    """
    found = None if config.run is None else _finished(config)
    if found is None:
        conditional_gan_mnist.load_data(config)  # or a mistake would leave a folder
    run = start_run()
    if found is None:
        options = {"strategy": strategy, "verbose": verbose}
        found = _trained(config, run.path / "gan", options)
    lines = compare(*found, config)
    run.keep_lines(0)  # an interrupted run may have written some
    for line in lines:
        run.add_line(line)
        if verbose:
            print("  ", *(f"{k} {v}" for k, v in line.items()))
    _draw(*found, lines, config, run)
    metrics = evaluate(lines)
    run.save_result(None, metrics)
    return metrics
