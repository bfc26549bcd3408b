"""Each toy against its exact density, written out a second time."""

import math

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import norm

from genkeras.training.data import TOYS

# A curve of the plane, blurred by a Gaussian: log mean_t N(x; curve(t), stddev^2).
T = (np.arange(1500) + 0.5) / 1500


def _polar(radius, angle):
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)


def _rings(radii, scale=1.0):
    return scale * np.concatenate([_polar(r, 2 * math.pi * T) for r in radii])


def _moons():
    a = math.pi * T
    upper = np.stack([np.cos(a), np.sin(a)], axis=-1)
    lower = np.stack([1 - np.cos(a), 0.5 - np.sin(a)], axis=-1)
    return 2 * np.concatenate([upper, lower]) + [-1, -0.2]


def _roll():
    angle = 1.5 * math.pi * (1 + 2 * T)
    return _polar(angle, angle) / 5


CURVES = {
    "circles": (_rings([1, 0.5], 3), 0.24),
    "rings": (_rings([3, 2.25, 1.5, 0.75]), 0.08),
    "moons": (_moons(), 0.2),
    "swissroll": (_roll(), 0.2),
    "8gaussians": (TOYS["8gaussians"].modes, 0.5 / 1.414),
    "ring": (TOYS["ring"].modes, 0.01),
    "grid": (TOYS["grid"].modes, 0.05),
}


def _log_density(name, x):
    if name == "checkerboard":
        # 8 of the 16 cells of [-4, 4]^2, each of area 4.
        inside = (np.floor(x[:, 0] / 2) + np.floor(x[:, 1] / 2)) % 2 == 0
        return np.where(inside & (np.abs(x) < 4).all(-1), -math.log(32), -np.inf)
    if name == "2spirals":
        return _log_spirals(x)
    curve, stddev = CURVES[name]
    squared = ((x[:, None] - curve) ** 2).sum(-1)
    log_kernel = -squared / (2 * stddev**2) - math.log(2 * math.pi * stddev**2)
    return logsumexp(log_kernel, axis=-1) - math.log(len(curve))


def _log_spirals(x):
    """Jittered by a box of side 1/6, then blurred: a difference of two normal CDFs."""
    t = 3 * math.pi * np.sqrt(T)
    curve = np.stack([-np.cos(t) * t, np.sin(t) * t], axis=-1) / 3
    total = 0.0
    for sign in (1, -1):
        offset = sign * x[:, None] - curve
        box = norm.cdf(offset / 0.1) - norm.cdf((offset - 1 / 6) / 0.1)
        total = total + (6 * box).prod(-1).mean(-1)
    return np.log(total / 2 + 1e-300)


@pytest.mark.parametrize("name", TOYS)
def test_entropy(name):
    x = TOYS[name].draw(2000, np.random.default_rng(0))
    log_p = _log_density(name, x)
    error = log_p.std() / math.sqrt(len(x))
    assert -log_p.mean() == pytest.approx(TOYS[name].entropy, abs=3 * error + 0.005)


def _density_on_a_grid(name, side):
    middles = np.arange(-6, 6, side) + side / 2
    grid = np.stack(np.meshgrid(middles, middles), -1).reshape(-1, 2)
    return np.concatenate(
        [np.exp(_log_density(name, part)) for part in np.array_split(grid, 20)]
    )


@pytest.mark.parametrize("name", ["moons", "2spirals", "checkerboard"])
def test_the_exact_density_integrates_to_one(name):
    mass = _density_on_a_grid(name, 0.1).sum() * 0.1**2
    assert mass == pytest.approx(1, abs=5e-3)


@pytest.mark.parametrize(
    ("name", "floor"),
    [
        ("8gaussians", 0.001),
        ("checkerboard", 1 - math.log(2)),
        *(
            pytest.param(*row, marks=pytest.mark.slow)
            for row in [
                ("moons", 0.036),
                ("circles", 0.029),
                ("swissroll", 0.028),
                ("2spirals", 0.046),
                ("rings", 0.030),
            ]
        ),
    ],
)
def test_the_floor_of_maps_that_keep_volume(name, floor):
    """No NICE with a normal base comes nearer to the entropy than this.

    A map of constant Jacobian moves the level sets of its base, and cannot change their
    areas. Of all densities with the areas of a normal of determinant `a^2`, which is
    `exp(-v / 2 pi a) / 2 pi a` where the level set has area `v`, the best puts its
    levels in the order of the data's: E[-log q] = log E[v] + 1 at the best `a`.
    """
    side = 0.05
    density = np.sort(_density_on_a_grid(name, side))[::-1]
    shares = density / density.sum()
    area = (np.arange(len(density)) + 0.5) * side**2
    seen = density > 0
    entropy = -shares[seen] @ np.log(density[seen])
    assert math.log(shares @ area) + 1 - entropy == pytest.approx(floor, abs=2e-3)
