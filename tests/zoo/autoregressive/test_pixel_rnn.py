"""PixelRNN: the cells it takes, and what they see."""

import numpy as np
import tensorflow as tf

from contracts import check_refused, dependencies, perturb
from genkeras.zoo import PixelRNN


def test_another_cell_is_refused():
    check_refused(lambda: PixelRNN((4, 4, 1), cell="lstm", num_levels=2), "cell='lstm'")


def test_no_image_is_refused():
    check_refused(lambda: PixelRNN((4,), num_levels=2), "(4,)")


def _seen(cell):
    model = perturb(PixelRNN((3, 9, 1), 3, 1, cell=cell, head_units=8, num_levels=2))
    x = tf.random.stateless_normal([8, 3, 9, 1], [0, 1])
    seen = dependencies(model.network, x)
    assert not np.any(seen & ~np.tri(27, k=-1, dtype=bool)), "a later pixel is seen"
    return seen.reshape(3, 9, 3, 9)


def test_rows_see_a_cone():
    seen = _seen("row")
    assert seen[2, 4, 1, 1:8].all()
    assert not seen[2, 0, 0, 8]


def test_diagonals_see_all_but_one_pixel():
    """The end of the row above is seen by the convolution alone, whose reach is 3."""
    seen = _seen("diagonal")
    missed = np.argwhere(~seen.reshape(27, 27) & np.tri(27, k=-1, dtype=bool))
    found = {(*divmod(out, 9), *divmod(given, 9)) for out, given in missed.tolist()}
    assert found == {(r, c, r - 1, 8) for r in (1, 2) for c in range(5)}
