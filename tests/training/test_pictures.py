"""What a picture shows stands where it should."""

import numpy as np

from genkeras.training.pictures import Picture, draw_density


def test_a_density_is_bright_where_it_is_high():
    """The first axis runs to the right, the second upwards."""
    picture = draw_density(
        lambda x: -50.0 * ((x[:, 0] - 0.5) ** 2 + (x[:, 1] + 0.5) ** 2),
        Picture(None, -1.0, 1.0),
    )
    inside = picture[45:340, 75:370].astype(int).sum(axis=-1)  # of the axes
    row, column = np.unravel_index(inside.argmax(), inside.shape)
    assert row > 147
    assert column > 147
