"""What differentiable augmentation does to an image, and to the two players."""

import numpy as np
import pytest
import tensorflow as tf

from contracts import check_refused
from contracts.models import TINY
from genkeras.zoo import DCGAN, GAN, DiffAugment, HingeGame

IMAGES = np.random.default_rng(0).uniform(1.0, 2.0, size=(64, 8, 6, 3))
COLOR = DiffAugment(translation=0.0, cutout=0.0)
TRANSLATION = DiffAugment(color=False, translation=0.25, cutout=0.0)
CUTOUT = DiffAugment(color=False, translation=0.0, cutout=0.5)


def augmented(augment, x=IMAGES, seed=(0, 1)):
    return augment.corrupt(tf.constant(x), 0, seed).numpy()


def test_a_translation_moves_whole_pixels_and_fills_in_0():
    moves = set()
    for x, y in zip(IMAGES, augmented(TRANSLATION), strict=True):
        down, right = (np.flatnonzero(y.any(axis=axes)) for axes in ((1, 2), (0, 2)))
        # What is left says how far, and which way only a comparison can.
        found = [
            (i, j)
            for i in range(-2, 3)
            for j in range(-2, 3)
            if np.array_equal(y, _moved(x, i, j))
        ]
        assert len(found) == 1
        assert len(down) == 8 - abs(found[0][0])
        assert len(right) == 6 - abs(found[0][1])
        moves.add(found[0])
    # Every distance up to 2 of 8 rows, and 1.5, rounded up, of 6 columns.
    assert {i for i, _ in moves} == {j for _, j in moves} == set(range(-2, 3))
    assert len(moves) > 15  # of 25: the two are drawn apart


def _moved(x, i, j):
    wide = np.pad(x, ((2, 2), (2, 2), (0, 0)))
    return wide[2 - i : 10 - i, 2 - j : 8 - j]


def test_a_cutout_is_one_rectangle_of_0():
    sizes = []
    for x, y in zip(IMAGES, augmented(CUTOUT), strict=True):
        hole = (y == 0).all(axis=-1)
        rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(0))
        assert hole.sum() == len(rows) * len(columns)
        np.testing.assert_array_equal(np.diff(rows), 1)
        np.testing.assert_array_equal(np.diff(columns), 1)
        np.testing.assert_array_equal(y[~hole], x[~hole])
        sizes.append((len(rows), len(columns)))
    # Half of the sides, 4 and 3, less at the border; the middle may be on an edge.
    assert max(h for h, _ in sizes) == 4
    assert max(w for _, w in sizes) == 3
    assert min(h for h, _ in sizes) == 2
    assert min(w for _, w in sizes) == 2


def test_colours_change_in_three_ways():
    """Each is undone from what it leaves alone, and its number is read off."""
    x, y = IMAGES[:, :2, :2], augmented(COLOR, IMAGES[:, :2, :2])
    mean = x.mean(axis=(1, 2, 3))
    brightness = y.mean(axis=(1, 2, 3)) - mean  # neither of the others moves the mean
    gray_x = x.mean(axis=-1) - mean[:, None, None]
    gray_y = y.mean(axis=-1) - y.mean(axis=(1, 2, 3))[:, None, None]
    contrast = np.median(gray_y / gray_x, axis=(1, 2))
    np.testing.assert_allclose(gray_y, contrast[:, None, None] * gray_x, atol=1e-9)
    both = (y - y.mean(-1, keepdims=True)) / (x - x.mean(-1, keepdims=True))
    saturation = np.median(both, axis=(1, 2, 3)) / contrast
    np.testing.assert_allclose(
        both, np.broadcast_to((saturation * contrast)[:, None, None, None], both.shape)
    )
    for number, low, high in (
        (brightness, -0.5, 0.5),
        (contrast, 0.5, 1.5),
        (saturation, 0.0, 2.0),
    ):
        assert low <= number.min() < low + 0.15 * (high - low)
        assert high - 0.15 * (high - low) < number.max() <= high
    numbers = np.corrcoef([brightness, contrast, saturation])
    assert np.abs(numbers - np.eye(3)).max() < 0.5


@pytest.mark.parametrize("augment", [COLOR, TRANSLATION, CUTOUT, DiffAugment()])
def test_the_gradient_is_that_of_a_linear_map(augment):
    """Against differences, which are exact: every draw is affine in the image."""
    x = tf.constant(IMAGES[:2, :4, :4])
    direction = tf.constant(np.random.default_rng(1).normal(size=x.shape))
    weight = tf.constant(np.random.default_rng(2).normal(size=x.shape))
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = tf.reduce_sum(weight * augment.corrupt(x, 0, (0, 5)))
    slope = tf.reduce_sum(tape.gradient(value, x) * direction)
    there = tf.reduce_sum(weight * augment.corrupt(x + direction, 0, (0, 5)))
    np.testing.assert_allclose(slope, there - value, rtol=1e-9)


def test_xla_takes_it_forth_and_back():
    """At a batch size that is not known while it is traced."""
    weight = tf.constant(IMAGES[0])

    def augment(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = DiffAugment().corrupt(x, 0, (0, 1))
        return y, tape.gradient(y, x, weight * tf.ones_like(y))

    spec = [tf.TensorSpec((None, 8, 6, 3), tf.float64)]
    graph = tf.function(augment, input_signature=spec, jit_compile=True)
    y, slope = graph(tf.constant(IMAGES))
    assert y.shape == slope.shape == IMAGES.shape
    # XLA draws other numbers. Affine, so the slope gives them back: y(x) - y(0) = J x.
    offset, _ = graph(tf.zeros_like(y))
    np.testing.assert_allclose(
        np.sum(weight * (y - offset), axis=(1, 2, 3)),
        np.sum(slope * IMAGES, axis=(1, 2, 3)),
        rtol=1e-9,
    )


def test_every_image_and_every_player_draws_for_itself():
    same = np.repeat(IMAGES[:1], 8, axis=0)
    drawn = augmented(DiffAugment(), same)
    assert len({image.tobytes() for image in drawn}) == 8
    model = TINY["dcgan_labels"]()
    model.game = HingeGame(regularizers=[DiffAugment()])
    model.compile(run_eagerly=True)
    real, fake = (model._corrupt(tf.constant(same), (0, 1), k) for k in (0, 1))
    assert not np.allclose(real, fake)


def test_training_is_augmented_and_evaluation_is_not():
    """The discriminator sees 0 in training, where all is cut out, and then images."""
    model = DCGAN(
        (4, 4, 1),
        2,
        generator_filters=(3, 2),
        discriminator_filters=(2,),
        regularizers=[DiffAugment(color=False, translation=1.0, cutout=1.0)],
        seed=0,
    )
    model.compile(run_eagerly=True)
    seen = []
    model.discriminator.call = lambda x, **kwargs: (
        seen.append(x) or tf.reduce_sum(x, [1, 2, 3])[:, None]
    )
    x = np.ones([4, 4, 4, 1], "float32")
    terms = model._discriminator_terms(tf.constant(x), None, (0, 1), training=False)
    np.testing.assert_array_equal(terms["real_score"], 16.0)
    model._discriminator_terms(tf.constant(x), None, (0, 1), training=True)
    model._generator_terms(tf.constant(x), None, (0, 1), training=True)
    for image in seen[-3:]:
        assert np.mean(image == 0.0) > 0.4


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: DiffAugment(translation=1.5), "translation=1.5"),
        (lambda: DiffAugment(cutout=-0.1), "cutout=-0.1"),
        (lambda: COLOR.corrupt(tf.zeros([2, 3]), 0, (0, 1)), "(2, 3)"),
    ],
)
def test_what_it_cannot_do_is_refused(make, says):
    check_refused(make, says)


def test_a_model_of_vectors_refuses_it_in_training():
    model = GAN((3,), 2, regularizers=[DiffAugment()])
    model.compile(run_eagerly=True)
    check_refused(lambda: model.train_step(np.zeros([4, 3], "float32")), "(4, 3)")
