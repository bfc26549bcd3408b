"""Two-dimensional densities whose entropy is known: no honest model can beat it."""

import dataclasses
import math
from collections.abc import Callable

import numpy as np


@dataclasses.dataclass(frozen=True)
class Toy:
    """A density on the plane, to draw from.

    Attributes:
        name: str. What the command line calls it.
        draw: function of `(num_samples, rng)` that returns `[num_samples, 2]` float64.
        entropy: float. In nats: the lowest possible mean of `-log p(x)`.
        modes: None, or `[K, 2]`, the centres of a mixture of equal Gaussians.
        mode_stddev: None, or the standard deviation of each.

    Example:
    >>> toy = TOYS["moons"]
    >>> toy.draw(5, np.random.default_rng(0)).shape, toy.entropy
    ((5, 2), 2.382)
    """

    name: str
    draw: Callable
    entropy: float
    modes: np.ndarray | None = None
    mode_stddev: float | None = None


def _circle(num_points, radius=1.0):
    angle = 2.0 * math.pi * np.arange(num_points) / num_points
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def _on_circle(radius, rng):
    angle = rng.uniform(0.0, 2.0 * math.pi, len(radius))
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def _mixture(modes, stddev):
    def draw(n, rng):
        centres = modes[rng.integers(len(modes), size=n)]
        return centres + rng.normal(0.0, stddev, (n, 2))

    return draw


def _mixture_toy(name, modes, stddev):
    # Exact where the modes lie many standard deviations apart, as these do.
    entropy = math.log(len(modes)) + math.log(2.0 * math.pi * math.e * stddev**2)
    return Toy(name, _mixture(modes, stddev), entropy, modes, stddev)


def _checkerboard(n, rng):
    x = rng.uniform(-2.0, 2.0, n)
    y = rng.uniform(0.0, 1.0, n) - 2.0 * rng.integers(0, 2, n) + np.floor(x) % 2.0
    return 2.0 * np.stack([x, y], axis=-1)


def _circles(n, rng):
    radius = rng.choice([1.0, 0.5], n)
    return 3.0 * (_on_circle(radius, rng) + rng.normal(0.0, 0.08, (n, 2)))


def _rings(n, rng):
    radius = 3.0 * rng.choice([0.25, 0.5, 0.75, 1.0], n)
    return _on_circle(radius, rng) + rng.normal(0.0, 0.08, (n, 2))


def _moons(n, rng):
    angle = rng.uniform(0.0, math.pi, n)
    upper = rng.integers(0, 2, n).astype(bool)
    x = np.where(upper, np.cos(angle), 1.0 - np.cos(angle))
    y = np.where(upper, np.sin(angle), 0.5 - np.sin(angle))
    points = np.stack([x, y], axis=-1) + rng.normal(0.0, 0.1, (n, 2))
    return 2.0 * points + np.array([-1.0, -0.2])


def _swissroll(n, rng):
    t = 1.5 * math.pi * (1.0 + 2.0 * rng.uniform(0.0, 1.0, n))
    points = np.stack([t * np.cos(t), t * np.sin(t)], axis=-1)
    return (points + rng.normal(0.0, 1.0, (n, 2))) / 5.0


def _two_spirals(n, rng):
    t = np.sqrt(rng.uniform(0.0, 1.0, n)) * 3.0 * math.pi
    points = np.stack([-np.cos(t) * t, np.sin(t) * t], axis=-1)
    points += rng.uniform(0.0, 0.5, (n, 2))
    points *= rng.choice([-1.0, 1.0], n)[:, None]
    return points / 3.0 + rng.normal(0.0, 0.1, (n, 2))


_EIGHT = _circle(8, 4.0 / 1.414)
_GRID = 2.0 * np.stack(np.meshgrid(np.arange(-2, 3), np.arange(-2, 3)), -1)

_ALL = (
    # The seven of Grathwohl et al., 2019 (FFJORD); entropies by Monte Carlo of the
    # exact densities, which the tests repeat.
    Toy("8gaussians", _mixture(_EIGHT, 0.5 / 1.414), 2.830, _EIGHT, 0.5 / 1.414),
    Toy("checkerboard", _checkerboard, math.log(32.0)),
    Toy("circles", _circles, 3.256),
    Toy("rings", _rings, 2.624),
    Toy("moons", _moons, 2.382),
    Toy("swissroll", _swissroll, 2.675),
    Toy("2spirals", _two_spirals, 2.630),
    # The two of Srivastava et al., 2017 (VEEGAN), as measured by Lin et al., 2018.
    _mixture_toy("ring", _circle(8), 0.01),
    _mixture_toy("grid", _GRID.reshape(-1, 2).astype(float), 0.05),
)

TOYS = {toy.name: toy for toy in _ALL}


def mixture(name: str) -> Toy:
    """Returns a toy that is a mixture, whose modes can be counted.

    Raises:
        ValueError: for any other name.

    Example:
    >>> mixture("ring").modes.shape
    (8, 2)
    """
    mixtures = [toy.name for toy in _ALL if toy.modes is not None]
    if name not in mixtures:
        raise ValueError(f"Mixtures are {', '.join(mixtures)}. Received: {name!r}.")
    return TOYS[name]
