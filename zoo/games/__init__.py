"""The rules of two players, which know no model."""

from .choose_game import choose_game, revive_game
from .diff_augment import DiffAugment
from .games import (
    Game,
    HingeGame,
    LeastSquaresGame,
    MinimaxGame,
    NonSaturatingGame,
    WassersteinGame,
    WassersteinGPGame,
    revive,
)
from .regularizers import (
    DRAGAN,
    R1,
    R2,
    GradientPenalty,
    InstanceNoise,
    Regularizer,
    WeightClipping,
)

__all__ = [
    "DRAGAN",
    "DiffAugment",
    "Game",
    "GradientPenalty",
    "HingeGame",
    "InstanceNoise",
    "LeastSquaresGame",
    "MinimaxGame",
    "NonSaturatingGame",
    "R1",
    "R2",
    "Regularizer",
    "WassersteinGPGame",
    "WassersteinGame",
    "WeightClipping",
    "choose_game",
    "revive",
    "revive_game",
]
