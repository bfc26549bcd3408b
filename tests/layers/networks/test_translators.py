"""Networks from images to images, and the judge of their patches."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.signal import correlate2d

from contracts import check_layer, check_refused, perturb
from genkeras.layers import PatchDiscriminator, ResNetTranslator, UNetGenerator

IMAGE = (3, 5, 4, 2)
LAYERS = {
    "unet": (
        lambda **kw: UNetGenerator((5, 4, 1), (3, 4, 5), num_dropouts=1, **kw),
        (3, 2 * 1 * 4),
        IMAGE,
    ),
    "unet_batch": (
        lambda **kw: UNetGenerator((5, 4, 3), (3, 4), normalization="batch", **kw),
        (3, 3 * 2 * 3),
        IMAGE,
    ),
    "patch": (
        lambda **kw: PatchDiscriminator((2, 3), num_downsamples=1, **kw),
        IMAGE,
        (3, 5, 4, 1),
    ),
    "patch_spectral": (
        lambda **kw: PatchDiscriminator(
            (2, 3), num_downsamples=2, normalization="spectral", **kw
        ),
        IMAGE,
    ),
    "translator": (
        lambda **kw: ResNetTranslator(1, (2, 3), 1, kernel_size=5, **kw),
        IMAGE,
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_contract(name):
    make, *shapes = LAYERS[name]
    check_layer(make, *shapes)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


# === U-Net ===
def test_a_u_net_gives_the_size_that_it_takes():
    generator = UNetGenerator((28, 28, 1), (2, 3, 3, 2, 2))
    assert generator.sizes[1:4] == [(14, 14), (7, 7), (4, 4)]
    # The three smallest maps but the waist: 2 x 2 x 2, 4 x 4 x 3, 7 x 7 x 3.
    assert generator.noise_size == 8 + 48 + 147
    z = normal(1, generator.noise_size)
    assert generator(z, normal(1, 28, 28, 3)).shape == (1, 28, 28, 1)
    small = UNetGenerator((7, 5, 2), (2, 3))
    assert small(normal(2, small.noise_size), normal(2, 7, 5, 1)).shape == (2, 7, 5, 2)


def test_the_weights_of_a_u_net():
    generator = UNetGenerator((8, 8, 1), (4, 6, 5))
    generator.build((None, generator.noise_size), (None, 8, 8, 3))
    down = 16 * (3 * 4 + 4 * 6 + 6 * 5) + 4 + 5  # biases where there is no norm
    # The second and the last see what was there on the way down as well.
    up = 16 * (5 * 6 + 2 * 6 * 4 + 2 * 4 * 1) + 1
    norms = 2 * (6 + 6 + 4)
    assert generator.count_params() == down + up + norms


def test_what_is_beside_the_waist_reaches_the_image():
    generator = UNetGenerator((8, 8, 1), (2, 3, 4), num_dropouts=0)
    z, source = tf.zeros([1, 0]), normal(2, 8, 8, 1)
    generator(z, source[:1])
    perturb(generator, 0.3)
    generator.ups[0].kernel.assign(tf.zeros_like(generator.ups[0].kernel))  # the waist
    with tf.GradientTape() as tape:
        tape.watch(source := tf.constant(source[:1]))
        corner = generator(z, source)[0, 0, 0, 0]
    assert np.any(tape.gradient(corner, source))


def test_a_unit_is_kept_where_its_number_lies_above_the_quantile():
    generator = UNetGenerator((8, 8, 1), (3, 4), dropout_rate=0.25)
    noise = normal(4000, 4)
    kept = generator._drop(tf.ones([4000, 4]), tf.constant(noise)).numpy()
    np.testing.assert_allclose(np.unique(kept), [0.0, 1 / 0.75])
    assert abs(np.mean(kept == 0.0) - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 16_000)
    assert noise[kept == 0.0].max() < noise[kept > 0.0].min()


def test_all_of_the_noise_matters_and_none_of_another_image():
    generator = UNetGenerator((4, 4, 1), (3, 4), num_dropouts=3)
    source = normal(2, 4, 4, 1)
    z = np.ones([2, generator.noise_size], "float32")
    generator(z, source)
    perturb(generator, 0.5)
    # Above 0, for the ReLU behind them makes nothing of the others in any case.
    generator.up_norms[0].beta.assign(tf.fill([3], 10.0))
    first = generator(z, source)
    for i in range(generator.noise_size):
        one = z.copy()
        one[0, i] = -1.0
        changed = np.any(generator(one, source) != first, axis=(1, 2, 3))
        np.testing.assert_array_equal(changed, [True, False])


# === Patches ===
@pytest.mark.parametrize(
    ("filters", "halvings", "kernel", "wanted"),
    [
        ((1, 1, 1, 1), 3, 4, 70),  # the paper's, and the three of its table 4
        ((1, 1, 1, 1, 1, 1), 5, 4, 286),
        ((1, 1), 1, 4, 16),
        ((1, 1), 0, 1, 1),
        ((1, 1), 2, 3, 15),
    ],
)
def test_a_score_sees_its_receptive_field(filters, halvings, kernel, wanted):
    """The square on which its gradient is not 0."""
    layer = PatchDiscriminator(
        filters, num_downsamples=halvings, kernel_size=kernel, normalization="none"
    )
    assert layer.receptive_field == wanted
    side = 2 * wanted + 2**halvings
    x = tf.zeros([1, side, side, 1])
    layer.build(x.shape)
    for v in layer.trainable_variables:
        v.assign(tf.ones_like(v) / 16)  # nothing cancels
    with tf.GradientTape() as tape:
        tape.watch(x)
        scores = layer(x)
        middle = scores[0, scores.shape[1] // 2, scores.shape[2] // 2, 0]
    seen = np.argwhere(tape.gradient(middle, x)[0, ..., 0])
    np.testing.assert_array_equal(np.ptp(seen, axis=0) + 1, [wanted, wanted])


def test_each_patch_has_a_score():
    layer = PatchDiscriminator((2, 2, 2), num_downsamples=2)
    assert layer(normal(2, 28, 27, 1)).shape == (2, 7, 7, 1)


# === The residual translator ===
def test_convolutions_see_the_image_mirrored():
    """Two convolutions of side 7 by SciPy, the norm between them by NumPy."""
    layer = ResNetTranslator(1, (2,), 0)
    x = normal(1, 6, 5, 1)
    layer(x)
    perturb(layer, 0.3)
    maps = _convolved(x[0], layer.entry.kernel)
    maps = (maps - maps.mean(axis=(0, 1))) / np.sqrt(maps.var(axis=(0, 1)) + 1e-5)
    (norm,) = layer.down_norms
    maps = np.maximum(maps * norm.gamma.numpy() + norm.beta.numpy(), 0.0)
    wanted = np.tanh(_convolved(maps, layer.out.kernel) + layer.out.bias.numpy())
    np.testing.assert_allclose(layer(x)[0], wanted, rtol=1e-4, atol=1e-5)


def _convolved(x, kernel):
    kernel = np.asarray(kernel)
    padded = np.pad(x, [(3, 3), (3, 3), (0, 0)], mode="reflect")
    return np.stack(
        [
            sum(
                correlate2d(padded[..., i], kernel[..., i, j], "valid")
                for i in range(x.shape[-1])
            )
            for j in range(kernel.shape[-1])
        ],
        axis=-1,
    )


def test_a_translator_gives_the_size_that_it_takes():
    layer = ResNetTranslator(3, (2, 3, 4), 1)
    assert layer(normal(1, 28, 27, 1)).shape == (1, 28, 27, 3)
    maps = 49 * 1 * 2 + 9 * (2 * 3 + 3 * 4) + 2 * 9 * 4 * 4 + 9 * (4 * 3 + 3 * 2)
    norms = 2 * (2 + 3 + 4) + 2 * 2 * 4 + 2 * (3 + 2)
    assert layer.count_params() == maps + norms + 49 * 2 * 3 + 3


def test_a_block_adds_to_what_it_takes():
    layer = ResNetTranslator(1, (2,), 1)
    x = normal(1, 5, 5, 1)
    layer(x)
    plain = ResNetTranslator(1, (2,), 0)
    plain(x)
    for name in ("entry", "out"):
        getattr(plain, name).set_weights(getattr(layer, name).get_weights())
    assert not np.allclose(layer(x), plain(x))
    layer.norms[1].gamma.assign(tf.zeros([2]))
    np.testing.assert_allclose(layer(x), plain(x), rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: UNetGenerator((8,), (2,)), "event_shape=(8,)"),
        (lambda: UNetGenerator((5, 4, 1), (2,) * 4), "halved 3 times"),
        (lambda: UNetGenerator((4, 4, 1), (2,), dropout_rate=1.0), "dropout_rate=1.0"),
        (lambda: UNetGenerator((4, 4, 1), (2,), normalization="no"), "'no'"),
        (lambda: PatchDiscriminator((2,), normalization="layer"), "'layer'"),
        (lambda: PatchDiscriminator((2,), num_downsamples=2), "num_downsamples=2"),
        (lambda: PatchDiscriminator((2, 2))(tf.zeros([1, 4, 4, 1])), "=3"),
        (
            lambda: PatchDiscriminator((2, 2), num_downsamples=2)(
                tf.zeros([1, 4, 3, 1])
            ),
            "4 by 3",
        ),
        (lambda: ResNetTranslator(1, kernel_size=4), "kernel_size=4"),
        (lambda: ResNetTranslator(1, (2,), 1)(tf.zeros([1, 3, 9, 1])), "3 by 9"),
        (lambda: ResNetTranslator(1, (2,) * 4, 1)(tf.zeros([1, 8, 8, 1])), "least 9"),
    ],
)
def test_what_does_not_fit_is_refused(make, says):
    check_refused(make, says)
