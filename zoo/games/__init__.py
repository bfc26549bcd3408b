"""The rules of two players, which know no model."""

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
    revive_game,
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
    "revive",
    "revive_game",
]
