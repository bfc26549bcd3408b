"""A critic's estimate beside the distance of the samples, while a WGAN-GP learns.

    genkeras train wasserstein_tracking --workdir runs/wasserstein_tracking
    genkeras train wasserstein_tracking --set game=non_saturating --workdir runs/gan

The value of the Wasserstein game is the critic's estimate of how far the samples are
from the data, and falls with the sliced Wasserstein distance, which knows of no critic.
That of a plain GAN bounds the Jensen-Shannon divergence, which follows the distance of
samples that overlap the data, as on the default toy, but says little of thin ones
beside it: try `--data ring`. Each line of `metrics.jsonl` has both numbers.

Arjovsky et al., 2017, section 4.2, figures 3 and 4, https://arxiv.org/abs/1701.07875;
Gulrajani et al., 2017, section 5.4, https://arxiv.org/abs/1704.00028.
"""

import dataclasses

import keras
import numpy as np

from ....zoo.gans import GAN, WGANGP
from ...callbacks import DistanceCurves
from ...data import load, mixture, steps_per_epoch
from ...evaluation import evaluate_modes
from ...pictures import Curves, draw_curves, save_png
from ...schedules import cosine


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes a toy that is a mixture.

    `game` is "wasserstein" or "non_saturating", whose discriminator takes one step for
    each of the generator's. An epoch is what lies between two looks.
    """

    data: str = "8gaussians"
    data_dir: str | None = None
    game: str = "wasserstein"
    num_samples: int = 76_800
    latent_size: int = 2
    hidden_units: tuple[int, ...] = (128, 128, 128)
    num_critic_steps: int = 5
    penalty_weight: float = 10.0
    batch_size: int = 1280
    epochs: int = 25
    # So slow that the critic stays near its best: only there it estimates a distance.
    learning_rate: float = 1e-4
    critic_learning_rate: float = 1e-3
    seed: int = 0


SMOKE = Config(
    num_samples=256, hidden_units=(8,), num_critic_steps=1, batch_size=128, epochs=3
)


def load_data(config: Config):
    mixture(config.data)  # or it has no modes to be counted
    return load(
        config.data, config.data_dir, num_samples=config.num_samples, seed=config.seed
    )


def make_model(config: Config, data):
    options = {
        "generator_units": config.hidden_units,
        "discriminator_units": config.hidden_units,
        "output_activation": "linear",
        "seed": config.seed,
    }
    if config.game == "wasserstein":
        options["num_critic_steps"] = config.num_critic_steps
        options["penalty_weight"] = config.penalty_weight
        kind = WGANGP
    elif config.game == "non_saturating":
        kind = GAN
    else:
        raise ValueError(
            f"game is wasserstein or non_saturating. Received: {config.game!r}."
        )
    model = kind(data.event_shape, config.latent_size, **options)

    steps = config.epochs * steps_per_epoch(data, config.batch_size)

    def adam(learning_rate, num_steps):
        rate = cosine(learning_rate, num_steps)
        return keras.optimizers.Adam(rate, beta_1=0.5, beta_2=0.9)

    model.compile(
        adam(config.learning_rate, steps),
        adam(config.critic_learning_rate, steps * model.game.num_critic_steps),
    )
    return model


def callbacks(config: Config, data) -> list[keras.callbacks.Callback]:
    return [DistanceCurves(data.x["test"][:10_000])]


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_modes(model, data)


def rank_correlation(x, y) -> float:
    """Returns Spearman's correlation of `x` and `y`, `[N]` each; NaN of a constant.

    Example:
    >>> x = np.array([1.0, 2.0, 5.0])
    >>> rank_correlation(x, x**3)  # any rising function
    1.0
    """
    ranks = [_ranks(np.asarray(values)) for values in (x, y)]
    first, second = (r - r.mean() for r in ranks)
    scale = np.sqrt((first @ first) * (second @ second))
    return float(first @ second / scale) if scale else float("nan")


def _ranks(values):
    """From 1; equal values share the mean of theirs."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - 0.5 * (counts - 1))[which]


def report(model, data, config: Config, run) -> dict[str, float]:
    """Draws both curves, and returns whether one falls as the other does."""
    names = ("epoch", "game_value", "sliced_wasserstein")
    epoch, value, distance = (np.array([x[n] for x in run.lines()]) for n in names)
    curves = [
        Curves(epoch, {name: y}, x_label="epoch")
        for name, y in [
            (f"value of the {config.game} game", value),
            ("sliced Wasserstein distance", distance),
        ]
    ]
    save_png(draw_curves(*curves), run.samples / "curves.png")
    return {
        "rank_correlation": rank_correlation(value, distance),
        "first_sliced_wasserstein": float(distance[0]),
        "last_sliced_wasserstein": float(distance[-1]),
    }
