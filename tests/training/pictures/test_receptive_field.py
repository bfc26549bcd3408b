"""The picture of what a pixel sees."""

import numpy as np
import pytest

from genkeras.training.pictures import draw_receptive_field
from genkeras.zoo import GatedPixelCNN, PixelCNN

BLUE, RED = (70, 130, 180), (200, 60, 50)


def _count(image, colour):
    return int(np.all(image[::8, ::8] == colour, axis=-1).sum())


def test_the_plain_stack_is_blind_above_and_to_the_right():
    plain = PixelCNN((9, 9, 1), 8, 1, head_units=16, num_levels=2, seed=0)
    gated = GatedPixelCNN((9, 9, 1), 8, 4, head_units=16, num_levels=2, seed=0)
    pictures = [draw_receptive_field(model, (6, 4)) for model in (plain, gated)]
    assert pictures[0].shape == (72, 72, 3)
    blind = [_count(picture, RED) for picture in pictures]
    assert blind[0] > 0
    assert blind[1] == 0
    assert [_count(picture, BLUE) for picture in pictures] == [58 - n for n in blind]


def test_a_pixel_beside_the_image_is_refused():
    model = PixelCNN((4, 4, 1), 2, 1, num_levels=2)
    with pytest.raises(ValueError, match="Received: pixel"):
        draw_receptive_field(model, (4, 0))
