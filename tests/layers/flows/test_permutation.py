import numpy as np
import pytest

from genkeras.layers import Permutation


def test_the_config_brings_the_order_back():
    layer = Permutation("random", seed=7)
    again = Permutation.from_config(layer.get_config())
    x = np.arange(20.0, dtype="float32")[None]
    np.testing.assert_array_equal(layer(x), again(x))
    assert not np.array_equal(layer(x), Permutation("random", seed=8)(x))
    np.testing.assert_array_equal(layer.inverse(layer(x)), x)


def test_rejects_another_order():
    with pytest.raises(ValueError, match="order='sorted'"):
        Permutation("sorted")
