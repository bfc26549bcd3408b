"""Frames spread over samples, against NumPy and a transposed convolution of Keras."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import check_layer, check_refused, perturb
from genkeras.layers import FrameUpsampling

X = np.random.default_rng(0).normal(size=(2, 3, 2)).astype("float32")


@pytest.mark.parametrize("length", [3, 7, 12])
def test_contract(length):
    check_layer(lambda **k: FrameUpsampling(length, **k), (5, 3, 2))


def test_it_starts_as_lines_between_the_middles():
    y = FrameUpsampling(11)(X)  # frames of 4 samples
    middles = 4.0 * np.arange(3) + 1.5
    wanted = [
        [np.interp(np.arange(11), middles, X[b, :, c]) for c in range(2)]
        for b in range(2)
    ]
    np.testing.assert_allclose(y, np.moveaxis(wanted, 1, 2), atol=1e-6)


def test_it_is_a_transposed_convolution_within_the_ends():
    layer = FrameUpsampling(12)
    layer(X)
    kernel = perturb(layer, 0.3).kernel.numpy()  # [3, S, C]
    # What a frame gives to the one before, to itself, and to the next, in this order.
    each = kernel[::-1].reshape(12, 2)
    whole = each[:, :, None] * np.eye(2, dtype="float32")
    convolution = keras.layers.Conv1DTranspose(2, 12, strides=4, use_bias=False)
    convolution.build(X.shape)
    convolution.set_weights([whole])
    wanted = convolution(X)[:, 4:16]
    np.testing.assert_allclose(layer(X)[:, 4:8], wanted[:, 4:8], atol=1e-5)
    assert not np.allclose(layer(X)[:, :4], wanted[:, :4], atol=1e-2)  # it goes on


def test_frames_without_samples_are_refused():
    check_refused(lambda: FrameUpsampling(5)(tf.zeros([1, 4, 2])), "4 frames")
