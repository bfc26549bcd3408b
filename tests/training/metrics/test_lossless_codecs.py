"""The codecs' bits, against what the files must cost."""

import numpy as np
import pytest

from contracts import check_refused
from genkeras.training.metrics import codec_bits_per_dim


def _noise(channels):
    shape = (6, 32, 32, channels)
    return np.random.default_rng(0).integers(0, 256, shape, "uint8")


@pytest.mark.parametrize("codec", ["png", "webp"])
@pytest.mark.parametrize("channels", [1, 3])
def test_noise_costs_all_its_bits_and_little_more(codec, channels):
    bits = codec_bits_per_dim(_noise(channels), codec)
    # WebP has no grey, and writes three equal channels as one; headers count.
    assert 8.0 <= bits < 8.5


@pytest.mark.parametrize("codec", ["png", "webp"])
def test_images_that_repeat_cost_less(codec):
    once = _noise(3)
    again = np.repeat(once[:1], 6, axis=0)
    assert codec_bits_per_dim(again, codec) < 0.5 * codec_bits_per_dim(once, codec)


def test_other_images_and_codecs_are_refused():
    check_refused(lambda: codec_bits_per_dim(_noise(3), "gif"), "png, webp", "'gif'")
    halves = np.full([2, 4, 4, 3], 0.5)
    check_refused(lambda: codec_bits_per_dim(halves, "png"), "whole levels", "float64")
    check_refused(lambda: codec_bits_per_dim(_noise(3)[0], "png"), "(32, 32, 3)")
    check_refused(lambda: codec_bits_per_dim(_noise(3)[:0], "png"), "(0, 32, 32, 3)")
