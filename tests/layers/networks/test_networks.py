"""The networks that read data, latents and conditions."""

import numpy as np
import pytest
import tensorflow as tf

from contracts import check_layer, check_refused
from genkeras.layers import (
    MLP,
    ConditionEncoder,
    ConvDecoder,
    ConvDiscriminator,
    ConvEncoder,
    ConvGenerator,
    DenseDecoder,
    DenseEncoder,
    FullyConvDecoder,
    FullyConvEncoder,
    ResNetDecoder,
    ResNetEncoder,
)

NETWORKS = {
    "mlp": (lambda **kw: MLP(3, (6,), activation="tanh", **kw), (5, 4)),
    "dense_encoder": (lambda **kw: DenseEncoder(3, (6,), **kw), (5, 3, 2)),
    "dense_decoder": (lambda **kw: DenseDecoder((3, 2), (6,), **kw), (5, 2)),
    "conv_encoder": (lambda **kw: ConvEncoder(3, (2, 4), (6,), **kw), (5, 7, 5, 2)),
    "conv_generator": (lambda **kw: ConvGenerator((7, 5, 2), (8, 6), **kw), (5, 2)),
    "conv_generator_full": (
        lambda **kw: ConvGenerator((7, 5, 2), (8, 6), output_stride=1, **kw),
        (5, 2),
    ),
    "conv_discriminator": (
        lambda **kw: ConvDiscriminator((2, 4), **kw),
        (5, 7, 5, 2),
    ),
    "conv_discriminator_spectral": (
        lambda **kw: ConvDiscriminator((2, 4), normalization="spectral", **kw),
        (5, 7, 5, 2),
    ),
    "fully_conv_encoder": (
        lambda **kw: FullyConvEncoder(12, (2, 4), **kw),
        (5, 7, 5, 2),
    ),
    "fully_conv_decoder": (
        lambda **kw: FullyConvDecoder((7, 5, 2), (4, 3), **kw),
        (5, 8),
    ),
    "resnet_encoder": (
        lambda **kw: ResNetEncoder(3, (2, 4), (6,), **kw),
        (5, 7, 5, 2),
    ),
    "resnet_decoder": (
        lambda **kw: ResNetDecoder((7, 5, 2), (4, 3), (6,), **kw),
        (5, 2),
    ),
    "conv_decoder": (lambda **kw: ConvDecoder((7, 5, 2), (4, 3), (6,), **kw), (5, 2)),
}


@pytest.mark.parametrize("context", [False, True])
@pytest.mark.parametrize("name", NETWORKS)
def test_contract(name, context):
    make, shape = NETWORKS[name]
    check_layer(make, shape, *([(5, 3)] if context else []))


@pytest.mark.parametrize("side", [1, 2, 3, 8])
def test_convolutions_take_any_size(side):
    image = tf.ones([2, side, 5, 3])
    assert ConvEncoder(4, (2, 2), (5,))(image).shape == (2, 4)
    assert ConvDecoder((side, 5, 3), (2, 2), (5,))(tf.ones([2, 4])).shape == image.shape
    assert ResNetEncoder(4, (2, 2), (5,))(image).shape == (2, 4)
    assert ResNetDecoder((side, 5, 3), (2, 2), (5,))(tf.ones([2, 4])).shape == (
        image.shape
    )
    places = -(-side // 4) * 2
    assert FullyConvEncoder(places, (2, 2))(image).shape == (2, places)
    assert FullyConvDecoder((side, 5, 3), (2, 2))(tf.ones([2, places])).shape == (
        image.shape
    )
    for stride in (1, 2):
        generator = ConvGenerator((side, 5, 3), (2, 2), output_stride=stride)
        assert generator(tf.ones([2, 4])).shape == image.shape
    for kind in ("batch", "spectral"):
        assert ConvDiscriminator((2, 2), normalization=kind)(image).shape == (2, 1)


def test_the_decoder_of_an_image_refuses_a_vector():
    for decoder in (ConvDecoder, FullyConvDecoder, ResNetDecoder):
        check_refused(lambda decoder=decoder: decoder((5,)), "(5,)")


def test_a_place_of_the_code_sees_and_is_seen_by_its_own_part_of_the_image():
    encoder = FullyConvEncoder(32, (3, 4), activation="elu")
    decoder = FullyConvDecoder((16, 16, 1), (4, 3), activation="elu")
    x, z = tf.random.stateless_normal([1, 16, 16, 1], (0, 1)), tf.ones([1, 32])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, z])
        code = encoder(x)[0, 16]  # the second map at its first place
        top, bottom = (decoder(z)[:, rows] for rows in (slice(4), slice(12, 16)))
    seen = np.any(tape.gradient(code, x).numpy()[0, ..., 0] != 0, axis=1)
    assert seen[:4].all()
    assert not seen[12:].any()
    by_top, by_bottom = (
        np.any(tape.gradient(part, z).numpy().reshape(2, 4, 4) != 0, axis=(0, 2))
        for part in (top, bottom)
    )
    assert by_top[0]
    assert not by_top[3]
    assert by_bottom[3]
    assert not by_bottom[0]


def test_maps_that_do_not_divide_are_refused():
    check_refused(lambda: FullyConvEncoder(6, (2, 2))(tf.ones([1, 8, 8, 1])), "units=6")
    decoder = FullyConvDecoder((8, 8, 1), (2, 2))
    check_refused(lambda: decoder(tf.ones([1, 6])), "Received: 6")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: ConvGenerator((5,)), "(5,)"),
        (lambda: ConvGenerator((5, 5, 1), output_stride=3), "output_stride=3"),
        (lambda: ConvDiscriminator(normalization="none"), "normalization='none'"),
    ],
)
def test_networks_of_another_form_are_refused(make, says):
    check_refused(make, says)


def test_an_mlp_of_zero_output_starts_at_zero():
    np.testing.assert_array_equal(MLP(3, (4,), zero_output=True)(tf.ones([2, 2])), 0.0)


def test_spread_biases_put_kinks_away_from_the_origin():
    at = tf.constant([[1.0], [2.0], [3.0]])
    bends = []
    for spread in (False, True):
        one, two, three = MLP(1, (64,), spread_biases=spread)(at).numpy()
        bends.append(abs(one + three - 2 * two).item())
    assert bends[0] < 1e-5 < 1e-3 < bends[1]


def test_parameters_of_the_mlp_by_hand():
    layer = MLP(3, (5,))
    layer.build((None, 2), (None, 4))
    assert layer.count_params() == (2 + 4) * 5 + 5 + 5 * 3 + 3


def test_a_dict_is_encoded_in_the_order_of_its_keys():
    spec = {"place": {"shape": [2, 1]}, "digit": {"num_classes": 3}}
    encoder = ConditionEncoder(spec)
    encoder.build()
    place = np.arange(4.0).reshape(2, 2, 1)
    encoded = encoder({"place": place, "digit": tf.constant([2, 0])})
    table = encoder.embeddings["digit"].embeddings
    np.testing.assert_array_equal(encoded[:, :3], tf.gather(table, [2, 0]))
    np.testing.assert_array_equal(encoded[:, 3:], place[..., 0])
    assert encoder.size == 5


def test_labels_are_one_hot_where_the_networks_embed_them():
    spec = {"place": {"shape": [2]}, "digit": {"num_classes": 3}}
    encoder = ConditionEncoder(spec, one_hot=True)
    place = np.arange(4.0).reshape(2, 2)
    encoded = encoder({"place": place, "digit": tf.constant([2, 0])})
    np.testing.assert_array_equal(encoded, [[0, 0, 1, 0, 1], [1, 0, 0, 2, 3]])
    assert encoder.weights == []
    assert encoder.size == 5


@pytest.mark.parametrize(
    "spec",
    [{}, {"num_classes": 0}, {"num_classes": 2.5}, {"shape": [0]}, {"a": {"b": 1}}, 3],
)
def test_a_spec_of_another_form_is_refused(spec):
    check_refused(lambda: ConditionEncoder(spec), repr(spec))
