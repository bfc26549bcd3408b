import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import check_bijector, perturb
from genkeras.layers import (
    AdditiveImageCoupling,
    AffineImageCoupling,
    DiagonalScaling,
    FactorOut,
    FlowSequence,
    LogisticMixtureImageCoupling,
    Squeezed,
)

OPTIONS = {"filters": 4, "num_blocks": 1, "dtype": "float64"}


def _affine(mask="channel", **kwargs):
    return AffineImageCoupling(mask, **kwargs, **OPTIONS)


def _mixture(mask, **kwargs):
    return LogisticMixtureImageCoupling(mask, num_components=2, **kwargs, **OPTIONS)


def _sequence(*layers):
    return FlowSequence(layers, dtype="float64")


def _factor_out(rest, prior=None):
    return FactorOut(rest, prior, dtype="float64")


def _two_scales():
    """Squeeze, couplings, half factored out under a learned prior, and again."""
    coarse = Squeezed(_sequence(_affine(), _affine(flip=True)), dtype="float64")
    fine = _sequence(_factor_out(coarse, _affine()), _affine(flip=True))
    return Squeezed(fine, dtype="float64")


LAYERS = {
    "affine_checkerboard": lambda: _affine("checkerboard"),
    "affine_checkerboard_flip": lambda: _affine("checkerboard", flip=True),
    "affine_channel": _affine,
    "affine_channel_flip": lambda: _affine(flip=True, network="conv"),
    "additive_checkerboard": lambda: AdditiveImageCoupling("checkerboard", **OPTIONS),
    "additive_channel": lambda: AdditiveImageCoupling("channel", flip=True, **OPTIONS),
    "mixture_checkerboard": lambda: _mixture("checkerboard"),
    "mixture_channel": lambda: _mixture("channel", flip=True, network="attention"),
    "factor_out": lambda: _factor_out(_affine("checkerboard")),
    "learned_prior": lambda: _factor_out(_affine("checkerboard"), _affine()),
}


def _check(layer, shape, condition=None):
    layer.build((None, *shape), None if condition is None else condition.shape)
    x = tf.random.stateless_normal([3, *shape], seed=(0, 2), dtype=tf.float64)
    bijector = perturb(layer, 0.3).bijector(condition)
    assert not np.allclose(bijector.forward(x), x, atol=0.1)
    check_bijector(bijector, x, event_ndims=3, tolerance=1e-9)


@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 2, 5)])
def test_conditions(shape):
    condition = tf.random.stateless_normal(shape, seed=(0, 3), dtype=tf.float64)
    for layer in (_affine("checkerboard"), _affine("channel", network="conv")):
        _check(layer, (4, 2, 2), condition)
        x = tf.ones([3, 4, 2, 2], tf.float64)
        change = abs(layer(x, condition) - layer(x, condition + 1.0))
        assert np.all(np.max(change, axis=(1, 2, 3)) > 1e-3)


@pytest.mark.parametrize("mask", ["checkerboard", "channel"])
def test_every_entry_moves_in_one_of_two_flips(mask):
    x = tf.random.stateless_normal([1, 4, 4, 2], seed=(0, 2), dtype=tf.float64)
    moved = []
    for flip in (False, True):
        layer = _affine(mask, flip=flip)
        layer.build(x.shape)
        moved.append(perturb(layer, 0.3)(x) != x)
    np.testing.assert_array_equal(moved[0], ~moved[1])


def test_starts_as_the_identity():
    x = tf.random.stateless_normal([2, 4, 4, 2], seed=(0, 2), dtype=tf.float64)
    for name, make in LAYERS.items():
        if not name.startswith("mixture"):
            np.testing.assert_array_equal(make()(x), x)


def test_a_learned_prior_is_a_normal_given_what_goes_on():
    layer = _factor_out(DiagonalScaling(dtype="float64"), _affine())
    layer.build((None, 2, 2, 4))
    perturb(layer, 0.3)
    noise = tf.random.stateless_normal([2, 2, 2, 4], seed=(0, 2), dtype=tf.float64)
    kept = noise[..., :2] * tf.exp(layer.rest.log_scale)
    parameters = layer.prior.conditioner(kept)
    loc, raw = parameters[..., 0::2], parameters[..., 1::2]
    ended = loc + tf.exp(3.0 * tf.tanh(raw / 3.0)) * noise[..., 2:]
    np.testing.assert_allclose(layer(noise), tf.concat([kept, ended], -1), rtol=1e-9)


def test_the_squeeze_keeps_blocks_of_pixels_together():
    x = np.arange(32.0).reshape([1, 4, 4, 2])
    layer = Squeezed(DiagonalScaling(dtype="float64"), dtype="float64")
    layer.build(x.shape)
    layer.layer.log_scale.assign(np.log(np.eye(8)[3] + 1.0) * np.ones([2, 2, 8]))
    changed = layer(x) != x
    # Channel 3 of a block is the second colour of its upper right pixel.
    wanted = np.zeros([1, 4, 4, 2], bool)
    wanted[0, ::2, 1::2, 1] = True
    np.testing.assert_array_equal(changed, wanted)


def test_a_saved_stack_comes_back(tmp_path):
    x = tf.random.stateless_normal([2, 4, 4, 1], seed=(0, 2), dtype=tf.float64)
    layer = _two_scales()
    layer.build(x.shape)
    perturb(layer, 0.3)
    config = keras.saving.serialize_keras_object(layer)
    again = keras.saving.deserialize_keras_object(config)
    again.build(x.shape)
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(again(x), layer(x))


def test_attention_sees_every_pixel():
    """Through one block of 3x3 convolutions, a corner is out of the other's reach."""
    x = np.random.default_rng(0).normal(size=(1, 8, 8, 2))
    changed = x.copy()
    changed[0, 0, 0, 0] += 1.0
    for network, sees in (("resnet", False), ("attention", True)):
        layer = _affine(network=network)
        layer.build(x.shape)
        perturb(layer, 0.3)
        moved = layer(changed) != layer(x)
        assert bool(moved[0, 0, 0, 1])
        assert bool(moved[0, -1, -1, 1]) == sees


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_keeps_the_data_in_full_precision(dtype):
    layer = AffineImageCoupling("channel", filters=4, num_blocks=1, dtype=dtype)
    layer.build((None, 4, 4, 2))
    x = tf.random.stateless_normal([2, 4, 4, 2], seed=(0, 2))
    y = perturb(layer).bijector().forward(x)
    assert y.dtype == tf.float32
    np.testing.assert_allclose(layer.bijector().inverse(tf.identity(y)), x, atol=1e-5)


def test_a_wild_step_cannot_overflow():
    layer = AffineImageCoupling("channel", filters=4, max_log_scale=3.0)
    layer.build((None, 2, 2, 2))
    layer.conditioner.out.bias.assign([0.0, 1e4])  # log scale, unbounded
    y = layer(tf.ones([1, 2, 2, 2]))
    np.testing.assert_allclose(y[..., 1], np.full([1, 2, 2], np.exp(3.0)), rtol=1e-5)


def test_a_sigmoid_hardly_magnifies_what_is_scored():
    layer = AffineImageCoupling("channel", filters=4, scale="sigmoid", max_log_scale=9)
    layer.build((None, 2, 2, 2))
    x = tf.ones([1, 2, 2, 2])
    for raw in (1e4, -1e4):
        layer.conditioner.out.bias.assign([0.0, raw])
        scale = layer.inverse(x)[..., 1]
        bounded = 9.0 * np.sign(raw)
        want = (1.0 + np.exp(-2.0)) / (1.0 + np.exp(-2.0 - bounded))
        np.testing.assert_allclose(scale, np.full([1, 2, 2], want), rtol=1e-5)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: AffineImageCoupling(scale="softplus"), "scale='softplus'"),
        (lambda: AffineImageCoupling("stripes"), "mask='stripes'"),
        (lambda: AffineImageCoupling(network="mlp"), "network='mlp'"),
        (lambda: _affine("channel").build((None, 4, 4, 1)), "at least 2.*Squeeze"),
        (lambda: _affine("checkerboard").build((None, 1, 1, 4)), "at least 2"),
        (lambda: _affine().build((None, 8)), r"\[B, H, W, C\]"),
        (lambda: _two_scales().build((None, 6, 4, 1)), "multiples of 2"),
        (lambda: _factor_out(_affine()).build((None, 4, 4, 1)), "at least 2"),
    ],
)
def test_bad_input_is_named(make, says):
    with pytest.raises(ValueError, match=says):
        make()
