"""What a picture shows stands where it should."""

import numpy as np

from genkeras.training.pictures import Curves, Picture, draw_curves, draw_density


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


def _where(picture, color):
    """Columns and rows of the pixels of a colour, from left to right."""
    rows, columns = np.nonzero(np.abs(picture.astype(int) - color).sum(axis=-1) < 20)
    order = np.argsort(columns, kind="stable")
    return columns[order], rows[order]


BLUE = [31, 119, 180]  # matplotlib's first colour


def test_curves_rise_to_the_right_and_panels_stand_side_by_side():
    x = np.linspace(0.0, 1.0, 100)
    rising, falling = Curves(x, {"up": x}), Curves(x, {"down": -x})
    columns, rows = _where(draw_curves(rising), BLUE)
    assert rows[0] > rows[-1] + 200  # rows are counted from the top
    picture = draw_curves(rising, falling)
    assert picture.shape == (400, 1000, 3)
    columns, rows = _where(picture, BLUE)
    assert columns[0] < 150
    assert columns[-1] > 850
    columns, rows = _where(picture[:, 500:], BLUE)
    assert rows[0] < rows[-1] - 200


def test_what_is_known_is_dashed_in_the_colour_of_what_is_measured():
    x = np.linspace(0.0, 1.0, 100)
    solid, dashed = Curves(x, {"y": x}), Curves(x, {}, {"y": x})
    counts = [len(_where(draw_curves(c), BLUE)[0]) for c in (solid, dashed)]
    assert 0.3 < counts[1] / counts[0] < 0.9
