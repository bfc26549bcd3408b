"""What a picture shows stands where it should."""

import numpy as np

from genkeras.training.pictures import (
    Curves,
    Picture,
    draw_curves,
    draw_density,
    draw_graph,
)


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


BLUE = [31, 119, 180]  # matplotlib's first colour


def _where(picture):
    """Columns and rows of the blue pixels; rows are counted from the top."""
    distance = np.abs(picture.astype(int) - BLUE).sum(axis=-1)
    rows, columns = np.nonzero(distance < 20)
    return columns, rows


def test_curves_rise_to_the_right_and_panels_stand_side_by_side():
    x = np.linspace(0.0, 1.0, 100)
    picture = draw_curves(Curves(x, {"up": x}), Curves(x, {"down": -x}))
    assert picture.shape == (400, 1000, 3)
    picture = picture[60:]  # below the legend
    assert np.corrcoef(*_where(picture[:, :500]))[0, 1] < -0.99
    assert np.corrcoef(*_where(picture[:, 500:]))[0, 1] > 0.99


def test_what_is_known_is_dashed_in_the_colour_of_what_is_measured():
    x = np.linspace(0.0, 1.0, 100)
    solid, dashed = Curves(x, {"y": x}), Curves(x, {}, {"y": x})
    counts = [len(_where(draw_curves(curves))[0]) for curves in (solid, dashed)]
    assert 0.3 < counts[1] / counts[0] < 0.9


def test_dots_stand_where_they_were_measured_and_are_not_joined():
    x = np.linspace(0.0, 1.0, 100)
    curves = Curves(x[[0, 99]], {"y": x[[0, 99]]}, {"": 0.0 * x}, exact_x=x)
    columns, rows = _where(draw_curves(curves)[60:])  # below the legend
    low, high = rows.max(), rows.min()
    assert not np.any((rows > high + 15) & (rows < low - 15))
    assert columns[rows < high + 15].min() > 400  # of the second dot


def test_a_line_joins_a_pixel_and_its_parent():
    alone, joined = (draw_graph([(), own, ()], (1, 3, 1)) for own in ((), (0,)))
    changed = np.argwhere((alone != joined).any(axis=-1))
    assert len(changed) > 0
    middle = np.argwhere((alone < 255).any(axis=-1)).mean(axis=0)
    # Level with all three pixels, and left of the one in the middle.
    assert np.all(np.abs(changed[:, 0] - middle[0]) < 3)
    assert np.all(changed[:, 1] < middle[1] + 3)
