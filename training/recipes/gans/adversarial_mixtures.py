"""Any adversarial game on a mixture of the plane whose modes can be counted.

    genkeras train adversarial_mixtures --set game=r1 --data grid --workdir runs/r1_grid

All games have the same networks, steps and data, so that their rows compare. The ring
and the grid are those of Srivastava et al., 2017, https://arxiv.org/abs/1705.07761,
measured as by Lin et al., 2018, https://arxiv.org/abs/1712.04086.
"""

import dataclasses

import keras

from ....zoo.games import (
    DRAGAN,
    R1,
    R2,
    HingeGame,
    InstanceNoise,
    LeastSquaresGame,
    MinimaxGame,
    NonSaturatingGame,
    WassersteinGame,
    WassersteinGPGame,
    WeightClipping,
)
from ....zoo.gans import GAN
from ...data import DataError, load, mixture, steps_per_epoch
from ...evaluation import evaluate_modes
from ...schedules import cosine

# Weights are for the plane: on images, papers take larger ones.
GAMES = {
    "minimax": lambda steps: MinimaxGame(),
    "non_saturating": lambda steps: NonSaturatingGame(),
    "least_squares": lambda steps: LeastSquaresGame(),
    "hinge": lambda steps: HingeGame(),
    "wasserstein_clipping": lambda steps: WassersteinGame(
        5, regularizers=[WeightClipping(0.1)]
    ),
    "wasserstein_gp": lambda steps: WassersteinGPGame(1, 0.1),
    "r1": lambda steps: NonSaturatingGame(regularizers=[R1(0.1)]),
    "r2": lambda steps: NonSaturatingGame(regularizers=[R2(0.1)]),
    "dragan": lambda steps: NonSaturatingGame(regularizers=[DRAGAN(0.1)]),
    "instance_noise": lambda steps: NonSaturatingGame(
        regularizers=[
            InstanceNoise(
                keras.optimizers.schedules.PolynomialDecay(0.5, steps // 2, 0.0)
            )
        ]
    ),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes a toy that is a mixture."""

    game: str = "r1"
    data: str = "ring"
    data_dir: str | None = None
    num_samples: int = 102_400
    latent_size: int = 8
    hidden_units: tuple[int, ...] = (64, 64, 64)
    # Without the averages and the decay, samples circle the modes.
    ema_decay: float | None = 0.999
    decay_rate: bool = True
    batch_size: int = 256
    epochs: int = 40
    learning_rate: float = 2e-3
    beta_1: float = 0.5
    steps_per_execution: int = 20  # of one device
    seed: int = 0


SMOKE = Config(num_samples=256, hidden_units=(8,), batch_size=128, epochs=1)


def _unit(config):
    """The standard deviation of either coordinate, which the networks see as 1."""
    return float(mixture(config.data).modes.std())


def load_data(config: Config):
    unit = _unit(config)
    data = load(
        config.data, config.data_dir, num_samples=config.num_samples, seed=config.seed
    )
    low, high = data.picture.low / unit, data.picture.high / unit
    return dataclasses.replace(
        data,
        x={split: x / unit for split, x in data.x.items()},
        picture=dataclasses.replace(data.picture, low=low, high=high),
    )


def make_model(config: Config, data):
    if config.game not in GAMES:
        raise DataError(f"Games are {', '.join(GAMES)}. Received: {config.game!r}.")
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    game = GAMES[config.game](steps)
    model = GAN(
        data.event_shape,
        config.latent_size,
        game=game,
        generator_units=config.hidden_units,
        discriminator_units=config.hidden_units,
        output_activation="linear",
        ema_decay=config.ema_decay,
        seed=config.seed,
    )

    def adam(num_steps):
        rate = config.learning_rate
        if config.decay_rate:
            rate = cosine(rate, num_steps)
        return keras.optimizers.Adam(rate, beta_1=config.beta_1, beta_2=0.99)

    model.compile(
        adam(steps),
        adam(steps * game.num_critic_steps),
        steps_per_execution=config.steps_per_execution,
    )
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_modes(model, data, unit=_unit(config))
