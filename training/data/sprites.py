"""White shapes on black, of five factors that are known and independent."""

import math

import numpy as np

from ..pictures import picture_of
from .data_set import DataSet

SHAPES = ("square", "ellipse", "heart")
FACTORS = ("shape", "scale", "rotation", "x", "y")


def sprite_factors(num_samples: int, rng: np.random.Generator) -> np.ndarray:
    """Draws factors, each uniform and by itself: `[num_samples, 5]` float64.

    In the order of `FACTORS`: the shape, one of 0, 1, 2; the scale from 0.5 to 1; the
    rotation from 0 to 2 pi; and the center's `x` and `y`, from 0 to 1.
    """
    low, high = np.array([0.0, 0.5, 0.0, 0.0, 0.0]), [3.0, 1.0, 2.0 * math.pi, 1.0, 1.0]
    factors = rng.uniform(low, high, size=(num_samples, len(FACTORS)))
    factors[:, 0] = np.floor(factors[:, 0])
    return factors


def draw_sprites(factors, size: int = 32) -> np.ndarray:
    """Renders sprites.

    A square, an ellipse and a heart, whose centers keep a quarter of the image's side
    from its edges, so that all of a sprite is seen. A pixel is white if its middle
    lies inside.

    Args:
        factors: `[N, 5]`, as `sprite_factors` draws them.
        size: int. Pixels along a side.

    Returns:
        `[N, size, size, 1]` uint8, 0 or 1.

    Example:
    >>> int(draw_sprites([[0, 1.0, 0.0, 0.5, 0.5]], size=16).sum())
    36

    Reference:
        Matthey et al., 2017, "dSprites", whose factors these are,
        https://github.com/google-deepmind/dsprites-dataset
    """
    shape, scale, angle, x, y = np.asarray(factors, "float32").T[..., None, None]
    middle = ((np.arange(size) + 0.5) / size).astype("float32")
    right = middle - (0.25 + 0.5 * x)
    up = 1.0 - middle[:, None] - (0.25 + 0.5 * y)
    radius = 0.25 * scale
    cosine, sine = np.cos(angle) / radius, np.sin(angle) / radius
    u, v = cosine * right + sine * up, cosine * up - sine * right  # [N, size, size]
    inside = np.where(shape == 0, _square(u, v), _ellipse(u, v))
    inside = np.where(shape == 2, _heart(u, v), inside)
    return inside[..., None].astype("uint8")


def _square(u, v):
    return np.maximum(np.abs(u), np.abs(v)) <= 0.7


def _ellipse(u, v):
    return u**2 + (v / 0.55) ** 2 <= 1.0


def _heart(u, v):
    u, v = 1.3 * u, 1.3 * v + 0.293  # its center of mass, where the others have theirs
    return (u**2 + v**2 - 1.0) ** 3 <= u**2 * v**3


def load_sprites(
    num_samples: int = 30_000, *, size: int = 32, seed: int = 0
) -> DataSet:
    """Makes a data set of sprites; the test split has a tenth as many.

    Args:
        num_samples: int. How many of the training split.
        size: int. Pixels along a side.
        seed: int.

    Returns:
        A `DataSet` of two levels, whose labels are the shapes, and whose `sources` are
        the factors.

    Example:
    >>> data = load_sprites(20, size=16)
    >>> data.event_shape, data.x["test"].shape[0], data.num_classes
    ((16, 16, 1), 2, 3)
    """
    counts = {"train": num_samples, "test": max(1, num_samples // 10)}
    factors = {
        split: sprite_factors(count, np.random.default_rng([seed, i]))
        for i, (split, count) in enumerate(counts.items())
    }
    x = {split: draw_sprites(part, size) for split, part in factors.items()}
    return DataSet(
        name="sprites",
        x=x,
        labels={k: part[:, 0].astype("int32") for k, part in factors.items()},
        num_levels=2,
        num_classes=len(SHAPES),
        picture=picture_of(x["train"], 2),
        sources=factors,
    )
