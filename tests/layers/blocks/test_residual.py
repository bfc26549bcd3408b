"""Residual blocks and networks, conditional batch norm, and the projection head."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import check_layer, check_refused, perturb
from genkeras.layers import (
    ConditionalBatchNormalization,
    ProjectionHead,
    ResBlockDown,
    ResBlockUp,
    ResNetDiscriminator,
    ResNetGenerator,
    spectral_layers,
)

IMAGE, CONTEXT = (5, 4, 3, 2), (5, 3)
LAYERS = {
    "norm": (lambda **kw: ConditionalBatchNormalization(**kw), IMAGE),
    "norm_spectral": (
        lambda **kw: ConditionalBatchNormalization(spectral=True, **kw),
        IMAGE,
        CONTEXT,
    ),
    "norm_of_vectors": (
        lambda **kw: ConditionalBatchNormalization(**kw),
        (5, 2),
        CONTEXT,
    ),
    "up": (lambda **kw: ResBlockUp(3, **kw), IMAGE, CONTEXT),
    "up_plain": (lambda **kw: ResBlockUp(2, upsample=False, **kw), IMAGE),
    "down_first": (
        lambda **kw: ResBlockDown(3, first=True, normalization="layer", **kw),
        IMAGE,
    ),
    "down_layer": (lambda **kw: ResBlockDown(3, normalization="layer", **kw), IMAGE),
    "down_plain": (lambda **kw: ResBlockDown(2, downsample=False, **kw), IMAGE),
    "head": (lambda **kw: ProjectionHead(**kw), (5, 4), CONTEXT),
    "head_alone": (lambda **kw: ProjectionHead(spectral=True, **kw), (5, 4)),
    "generator": (
        lambda **kw: ResNetGenerator(
            (5, 3, 2),
            (4, 3, 2),
            split_latents=True,
            embedding_size=2,
            inserts={1: keras.layers.Conv2D(2, 1, dtype=kw.get("dtype"))},
            **kw,
        ),
        (5, 4),
        CONTEXT,
    ),
    "generator_concatenation": (
        lambda **kw: ResNetGenerator(
            (4, 4, 1), (3, 2), conditioning="concatenation", **kw
        ),
        (5, 4),
        CONTEXT,
    ),
    "discriminator": (
        lambda **kw: ResNetDiscriminator(
            (2, 3),
            num_downsamples=1,
            normalization="spectral",
            inserts={0: keras.layers.Conv2D(2, 1, dtype=kw.get("dtype"))},
            **kw,
        ),
        IMAGE,
        CONTEXT,
    ),
    "discriminator_concatenation": (
        lambda **kw: ResNetDiscriminator(
            (2, 3),
            conditioning="concatenation",
            normalization="layer",
            pooling="mean",
            **kw,
        ),
        IMAGE,
        CONTEXT,
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_contract(name):
    make, *shapes = LAYERS[name]
    check_layer(make, *shapes)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def zeroed(layer, *parts):
    """With the kernels under these names at zero."""
    for v in layer.trainable_variables:
        if any(part in v.path for part in parts):
            v.assign(tf.zeros_like(v))
    return layer


# === Conditional batch norm ===
LABELS = np.array([0, 2, 1, 2, 2, 0])
ONE_HOT = np.eye(3, dtype="float32")[LABELS]


def test_every_class_has_its_gain_and_bias():
    """By hand, in training and with the running averages after it."""
    x = 3.0 + 2.0 * normal(6, 4, 3, 2)
    layer = ConditionalBatchNormalization(momentum=0.8, epsilon=1e-3)
    layer.build((None, 4, 3, 2), (None, 3))
    gain, bias = normal(3, 2, seed=1), normal(3, 2, seed=2)
    layer.gain.kernel.assign(gain)
    layer.bias.kernel.assign(bias)
    mean, variance = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))

    def by_hand(mean, variance):
        normalised = (x - mean) / np.sqrt(variance + 1e-3)
        rows = (1.0 + gain)[LABELS][:, None, None], bias[LABELS][:, None, None]
        return rows[0] * normalised + rows[1]

    trained = layer(x, ONE_HOT, training=True)
    np.testing.assert_allclose(trained, by_hand(mean, variance), rtol=1e-4, atol=1e-4)
    mean, variance = 0.2 * mean, 0.8 + 0.2 * variance
    rested = layer(x, ONE_HOT)
    np.testing.assert_allclose(rested, by_hand(mean, variance), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("context", [None, ONE_HOT, normal(6, 5)])
def test_at_the_start_and_without_a_context_it_is_batch_norm(context):
    x = normal(6, 4, 3, 2)
    plain = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)
    layer = ConditionalBatchNormalization()
    if context is None:
        plain.build(x.shape)
        plain.gamma.assign([1.5, 0.5])
        plain.beta.assign([0.3, -1.0])
        layer.build(x.shape)
        layer.gain.kernel.assign([[0.5, -0.5]])
        layer.bias.kernel.assign([[0.3, -1.0]])
    for training in (True, False):
        got, wanted = layer(x, context, training=training), plain(x, training=training)
        np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_statistics_are_taken_in_full_precision(policy):
    """A sum of these squares leaves float16."""
    x = 500.0 + 100.0 * normal(64, 8, 8, 1)
    layer = ConditionalBatchNormalization(dtype=policy)
    wanted = (x - x.mean()) / x.std()
    got = tf.cast(layer(x, np.ones([64, 1]), training=True), tf.float32)
    np.testing.assert_allclose(got, wanted, atol=0.05)
    np.testing.assert_allclose(
        layer.norm.moving_variance, 0.9 + 0.1 * x.var(), rtol=0.01
    )


# === The projection head ===
def test_the_score_is_that_of_equation_3():
    features, y = normal(6, 4), ONE_HOT
    head = ProjectionHead()
    head.build((None, 4), (None, 3))
    perturb(head, 1.0)
    w, b = head.psi.kernel.numpy(), head.psi.bias.numpy()
    v = head.projection.kernel.numpy()
    wanted = features @ w + b + np.sum(v[LABELS] * features, axis=1, keepdims=True)
    np.testing.assert_allclose(head(features, y), wanted, rtol=1e-4, atol=1e-5)


# === Blocks ===
@pytest.mark.parametrize("spectral", [False, True])
def test_an_upward_block_is_the_papers(spectral):
    """Against Keras layers in the paper's order, the shortcut doubled first."""
    x, y = normal(6, 3, 5, 4), ONE_HOT
    block = ResBlockUp(2, spectral=spectral)
    block.build((None, 3, 5, 4), (None, 3))
    perturb(block, 0.3)

    def convolve(layer, x):
        side = layer.layer if spectral else layer
        kernel = side.kernel / (layer.sigma() if spectral else 1.0)
        return tf.nn.conv2d(x, kernel, 1, "SAME")

    double = keras.layers.UpSampling2D(2, interpolation="nearest")
    h = double(tf.nn.relu(block.norms[0](x, y)))
    h = tf.nn.relu(block.norms[1](convolve(block.convolutions[0], h), y))
    wanted = convolve(block.shortcut, double(x)) + convolve(block.convolutions[1], h)
    np.testing.assert_allclose(block(x, y), wanted, rtol=1e-4, atol=1e-5)
    assert len(spectral_layers(block)) == 7 * spectral  # 3 kernels, 2 gains, 2 biases


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("normalization", ["none", "layer", "spectral"])
def test_a_downward_block_is_the_papers(normalization, first):
    """Against the paper's order, the shortcut halved last; norms by NumPy."""
    x = normal(3, 4, 6, 2)
    block = ResBlockDown(5, first=first, normalization=normalization)
    block.build((None, 4, 6, 2))
    perturb(block, 0.3)
    halve = keras.layers.AveragePooling2D(2)
    spectral = normalization == "spectral"

    def convolve(layer, x):
        side = layer.layer if spectral else layer
        kernel = side.kernel / (layer.sigma() if spectral else 1.0)
        return tf.nn.conv2d(x, kernel, 1, "SAME") + side.bias

    def activate(x, i):
        if normalization == "layer":
            x = np.asarray(x)
            norm, axes = block.norms[i], (1, 2, 3)
            x = x - x.mean(axis=axes, keepdims=True)
            x = x / np.sqrt(x.var(axis=axes, keepdims=True) + 1e-5)
            x = x * norm.gamma.numpy() + norm.beta.numpy()
        return tf.nn.relu(x)

    h = convolve(block.convolutions[0], x if first else activate(x, 0))
    h = halve(convolve(block.convolutions[1], activate(h, -1)))
    wanted = halve(convolve(block.shortcut, x)) + h
    np.testing.assert_allclose(block(x), wanted, rtol=1e-4, atol=1e-5)
    assert len(block.norms) == (normalization == "layer") * (2 - first)


@pytest.mark.parametrize(
    "block",
    [
        ResBlockUp(4, upsample=False),
        ResBlockDown(4, downsample=False),
        ResBlockDown(4, downsample=False, first=True, normalization="layer"),
    ],
)
def test_a_block_whose_branch_is_zero_is_the_identity(block):
    x = normal(2, 5, 3, 4)
    block.build((None, *x.shape[1:]))
    block = zeroed(perturb(block), "conv2d")
    np.testing.assert_array_equal(block(x), x)


def test_an_odd_edge_is_the_mean_of_what_is_there():
    x = normal(1, 3, 1, 1)
    block = ResBlockDown(1)
    block.build((None, 3, 1, 1))
    block = zeroed(block, "conv2d")
    block.shortcut.kernel.assign([[[[1.0]]]])
    wanted = [(x[0, 0, 0, 0] + x[0, 1, 0, 0]) / 2, x[0, 2, 0, 0]]
    np.testing.assert_allclose(np.ravel(block(x)), wanted, rtol=1e-6)


# === Networks ===
@pytest.mark.parametrize("side", [1, 7, 28, 32])
def test_networks_take_any_size(side):
    generator = ResNetGenerator((side, side, 3), (3, 2, 2, 2))
    x = generator(normal(2, 4), normal(2, 3))
    assert x.shape == (2, side, side, 3)
    assert np.all(np.abs(x) <= 1.0)
    discriminator = ResNetDiscriminator((2, 2, 2), num_downsamples=2)
    assert discriminator(x, normal(2, 3)).shape == (2, 1)


def test_parameters_of_the_networks_of_cifar_10_by_hand():
    """Miyato and Koyama's, for 32 by 32 pixels and 10 classes, but for our biases."""
    generator = ResNetGenerator((32, 32, 3))
    generator.build((None, 128), (None, 10))
    block = 2 * 9 * 256**2 + 256**2 + 4 * 10 * 256
    project, out = (128 + 1) * 4 * 4 * 256, 2 * 256 + 9 * 256 * 3 + 3
    assert sum(map(_size, generator.trainable_variables)) == project + 3 * block + out
    discriminator = ResNetDiscriminator(num_downsamples=2, normalization="spectral")
    discriminator.build((None, 32, 32, 3), (None, 10))
    pair = 2 * (9 * 128**2 + 128)
    blocks = pair - 9 * 125 * 128 + (3 + 1) * 128  # the first one, of three channels
    blocks += pair + (128 + 1) * 128  # one that halves
    blocks += 2 * pair  # two that do not
    assert sum(map(_size, discriminator.trainable_variables)) == (
        blocks + 128 + 1 + 10 * 128
    )


def _size(variable):
    return int(np.prod(variable.shape))


@pytest.mark.parametrize(("part", "number"), [(slice(3, 5), 0), (slice(5, 7), 1)])
def test_each_block_reads_its_own_part_of_the_noise(part, number):
    generator = ResNetGenerator((8, 8, 1), (3, 2, 2), split_latents=True)
    z = tf.constant(normal(2, 7))
    generator(z)
    norm, seen = generator.blocks[number].norms[0], []
    call = norm.call

    def watch(x, context, training=None):
        seen.append(context)
        return call(x, context, training=training)

    norm.call = watch
    generator(z)
    np.testing.assert_array_equal(seen[0], z[:, part])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: ResNetGenerator((5,)), "(5,)"),
        (lambda: ResNetGenerator((4, 4, 1), conditioning="x"), "conditioning='x'"),
        (lambda: ResNetGenerator((4, 4, 1), (2, 2), inserts={1: None}), "block 1"),
        (lambda: ResNetDiscriminator(conditioning="x"), "conditioning='x'"),
        (lambda: ResNetDiscriminator(pooling="max"), "pooling='max'"),
        (lambda: ResBlockDown(2, normalization="batch"), "normalization='batch'"),
        (
            lambda: ResNetGenerator((4, 4, 1), (2, 2), split_latents=True).build(
                (None, 1)
            ),
            "length 1",
        ),
    ],
)
def test_networks_of_another_form_are_refused(make, says):
    check_refused(make, says)
