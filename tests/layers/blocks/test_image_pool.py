"""The memory of generated images, against one that takes them one by one."""

import keras
import numpy as np
import tensorflow as tf

from contracts import check_refused
from genkeras.layers import ImagePool


def one_by_one(size, batches, seeds):
    """The reference: a list, and one coin and one place for each image."""
    pool, given = [], []
    for images, seed in zip(batches, seeds, strict=True):
        first, second = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        coins = tf.random.stateless_uniform([len(images)], first).numpy() < 0.5
        places = tf.random.stateless_uniform(
            [len(images)], second, 0, size, tf.int32
        ).numpy()
        for image, coin, place in zip(images, coins, places, strict=True):
            if len(pool) < size:
                pool.append(image)
                given.append(image)
            elif coin:
                given.append(pool[place])
                pool[place] = image
            else:
                given.append(image)
    return np.asarray(given), np.asarray(pool)


def test_a_batch_is_its_images_one_by_one():
    """With batches within the pool, across its edge, and larger than it."""
    images = np.random.default_rng(0).normal(size=(40, 2, 1)).astype("float32")
    batches = np.split(images, [3, 4, 8, 20])
    seeds = [(7, i) for i in range(len(batches))]
    pool = ImagePool(5, (2, 1))
    given = [pool(batch, seed=seed) for batch, seed in zip(batches, seeds, strict=True)]
    wanted, held = one_by_one(5, batches, seeds)
    np.testing.assert_array_equal(np.concatenate(given), wanted)
    np.testing.assert_array_equal(pool.images.numpy(), held)
    assert int(pool.count) == 5
    assert not np.array_equal(wanted, images)


def test_half_are_new_and_the_rest_as_old_as_chance_has_it():
    size, count = 10, 4000
    numbers = np.arange(count, dtype="float32")
    pool = ImagePool(size)
    given = np.concatenate(
        [pool(part, seed=(1, i)) for i, part in enumerate(np.split(numbers, 4))]
    )
    np.testing.assert_array_equal(given[:size], numbers[:size])
    age = (numbers - given)[500:]  # by when the first ones are gone
    new = age == 0
    assert abs(new.mean() - 0.5) < 4 * 0.5 / np.sqrt(len(new))
    # An image leaves with the probability 1 / (2 size) at each one that comes: its
    # age is geometric, of mean 2 size and a deviation of nearly as much.
    old = age[~new]
    assert abs(old.mean() - 2 * size) < 4 * 2 * size / np.sqrt(len(old))
    assert len(set(old)) > size


def test_a_pool_of_none_gives_back_what_it_is_given():
    x = tf.random.stateless_normal([7, 3], seed=(0, 1))
    np.testing.assert_array_equal(ImagePool(0, (3,))(x, seed=(0, 1)), x)


def test_its_images_are_weights_that_no_optimizer_moves():
    pool = ImagePool(3, (2,))
    assert pool.trainable_variables == []
    assert {v.name for v in pool.weights} == {"images", "count"}
    twin = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(pool)
    )
    x = np.random.default_rng(0).normal(size=(4, 2)).astype("float32")
    pool(x, seed=(0, 1))
    twin.set_weights(pool.get_weights())
    for one in (pool, twin):
        assert one(x, seed=(0, 2)).shape == (4, 2)
    np.testing.assert_array_equal(twin.images.numpy(), pool.images.numpy())


def test_images_keep_the_precision_of_the_weights():
    x = tf.constant([[1.0 + 2.0**-20]])
    np.testing.assert_array_equal(
        ImagePool(1, (1,), dtype="mixed_float16")(x, seed=(0, 1)), x
    )


def test_a_negative_size_is_refused():
    check_refused(lambda: ImagePool(-1), "size=-1")
