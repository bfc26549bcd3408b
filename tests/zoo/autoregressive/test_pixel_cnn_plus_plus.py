"""PixelCNN++ beyond the contracts: sizes that users have, and its choices."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import check_enumeration, check_refused, perturb
from contracts.causal import check_steps
from contracts.models import TINY
from genkeras.layers import BernoulliHead, DiscretizedLogisticHead, GaussianMixtureHead
from genkeras.zoo import PixelCNNPlusPlus


@pytest.fixture(scope="module")
def colours():
    """Three resolutions of images that are no squares, away from the start."""
    return perturb(PixelCNNPlusPlus((8, 12, 3), 6, 1, num_levels=256, seed=0), 0.2)


def test_three_resolutions_step_through_as_one_pass(colours):
    x = np.random.default_rng(0).integers(0, 256, [2, 8, 12, 3])
    check_steps(colours.network, colours.to_network(tf.constant(x, tf.float32)))


def test_samples_are_what_one_pass_says_of_them(colours):
    """Each is drawn from the conditionals that a pass over the sample gives."""
    x = tf.cast(colours.sample(3, seed=5), tf.float32)
    noise = tf.reshape(colours._noise(3, tf.constant([0, 5])), [3 * 8 * 12, -1])
    params = colours._params(x, None)
    params = tf.reshape(params, [3 * 8 * 12, -1])
    drawn = colours.head.draw(params, noise)
    # A number on the edge between two levels may fall to either side.
    off = np.abs(tf.reshape(drawn, x.shape) - x)
    assert off.max() <= 1
    assert (off > 0).mean() < 0.01


def test_it_trains_sums_to_one_and_is_saved(tmp_path):
    tiny = TINY["pixel_cnn_plus_plus"]
    model = tiny()
    model.compile(keras.optimizers.Adam(1e-2), jit_compile=False)
    losses = model.fit(tiny.x, tiny.condition, epochs=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    check_enumeration(model, tiny.condition)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    x, condition = tiny.x, tiny.condition
    np.testing.assert_array_equal(
        again.log_prob(x, condition), model.log_prob(x, condition)
    )


def test_a_short_cut_passes_the_lower_resolutions():
    """A pixel sees its neighbour through layers that its coarse pixel is behind of."""
    model = perturb(PixelCNNPlusPlus((8, 8, 1), 4, 1, num_levels=2, seed=0), 0.3)
    x = tf.Variable(tf.zeros([1, 8, 8, 1]))
    with tf.GradientTape() as tape:
        # The third of four columns that one coarsest pixel stands for.
        y = tf.reduce_sum(model.network(x)[0, 5, 6])
    slopes = tape.gradient(y, x)[0, :, :, 0].numpy()
    assert slopes[5, 5] != 0
    assert slopes[4, 6] != 0
    assert not slopes[5, 6:].any()
    assert not slopes[6:].any()


def test_the_head_follows_the_data():
    def head(num_levels, **kwargs):
        model = PixelCNNPlusPlus(
            (2, 2, 1), 2, 1, num_resolutions=1, num_levels=num_levels, **kwargs
        )
        return model.head

    assert isinstance(head(256), DiscretizedLogisticHead)
    assert head(256, num_components=5).num_components == 5
    assert isinstance(head(2), BernoulliHead)
    assert isinstance(head(None), GaussianMixtureHead)


@pytest.mark.parametrize("shape", [(6, 8, 1), (8, 6, 1)])
def test_sides_that_cannot_be_halved_are_refused(shape):
    check_refused(lambda: PixelCNNPlusPlus(shape, num_levels=2), "divide by 4")
