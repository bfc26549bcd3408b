"""PixelRNN: the cells it takes, and what they see."""

import numpy as np
import pytest
import tensorflow as tf

from contracts import check_refused, dependencies, perturb
from genkeras.zoo import PixelRNN


def test_another_cell_is_refused():
    check_refused(lambda: PixelRNN((4, 4, 1), cell="lstm", num_levels=2), "cell='lstm'")


def test_no_image_is_refused():
    check_refused(lambda: PixelRNN((4,), num_levels=2), "(4,)")


@pytest.mark.parametrize(("cell", "whole"), [("row", False), ("diagonal", True)])
def test_what_a_pixel_sees(cell, whole):
    """A cone above, from the rows; from the diagonals all that is earlier."""
    model = perturb(PixelRNN((3, 9, 1), 3, 1, cell=cell, head_units=8, num_levels=2))
    x = tf.random.stateless_normal([8, 3, 9, 1], [0, 1])
    seen = dependencies(model.network, x)
    earlier = np.tri(27, k=-1, dtype=bool)
    assert not np.any(seen & ~earlier)
    assert np.all(seen == earlier) == whole
