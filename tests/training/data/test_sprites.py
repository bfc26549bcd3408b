"""Sprites are what their factors say."""

import math

import numpy as np
import pytest

from genkeras.training.data import draw_sprites, load_sprites, sprite_factors

AREAS = {0: 1.4**2, 1: math.pi * 0.55, 2: None}


def _moments(image):
    """The part that is white, and its center in `x` to the right and `y` upwards."""
    rows, columns = np.nonzero(image[..., 0])
    size = len(image)
    return (
        len(rows) / size**2,
        (columns + 0.5).mean() / size,
        1 - (rows + 0.5).mean() / size,
    )


@pytest.mark.parametrize("shape", [0, 1, 2])
def test_area_and_center_follow_the_factors(shape):
    rng = np.random.default_rng(shape)
    factors = sprite_factors(40, rng)
    factors[:, 0] = shape
    areas = []
    for (_, scale, _, x, y), image in zip(
        factors, draw_sprites(factors, 128), strict=True
    ):
        area, right, up = _moments(image)
        areas.append(area / (0.25 * scale) ** 2)
        assert right == pytest.approx(0.25 + 0.5 * x, abs=0.03)
        assert up == pytest.approx(0.25 + 0.5 * y, abs=0.03)
        edge = np.concatenate([image[[0, -1]].ravel(), image[:, [0, -1]].ravel()])
        assert edge.sum() == 0  # all of it is seen
    assert np.std(areas) < 0.03 * np.mean(areas)
    if AREAS[shape]:
        assert np.mean(areas) == pytest.approx(AREAS[shape], rel=0.01)


def test_a_quarter_turn_is_one_of_the_image():
    first, turned = ([[2, 0.9, angle, 0.5, 0.5]] for angle in (0.3, 0.3 + math.pi / 2))
    image, other = draw_sprites(first, 64)[0], draw_sprites(turned, 64)[0]
    assert np.mean(np.rot90(image) != other) < 0.005
    assert np.mean(image != other) > 0.02


def test_factors_are_uniform_and_the_splits_apart():
    factors = sprite_factors(20_000, np.random.default_rng(0))
    np.testing.assert_allclose(
        factors.mean(axis=0), [1.0, 0.75, math.pi, 0.5, 0.5], atol=0.05
    )
    np.testing.assert_allclose(np.corrcoef(factors.T), np.eye(5), atol=0.04)
    data = load_sprites(50, size=16)
    assert data.x["train"].shape == (50, 16, 16, 1)
    assert set(np.unique(data.x["train"])) == {0, 1}
    again = draw_sprites(data.sources["test"], 16)
    np.testing.assert_array_equal(again, data.x["test"])
    assert not np.isin(data.sources["test"], data.sources["train"])[:, 1].any()
