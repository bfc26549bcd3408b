"""A memory of generated images."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from ..replicas import global_batch


@keras.saving.register_keras_serializable(package="genkeras")
class ImagePool(keras.layers.Layer):
    """Gives new images, or older ones in their place.

    Until it is full, the pool keeps every image that it is given, and gives it back.
    Then, for each image in turn: with probability 1/2 the image itself is given back;
    else one of the pool, each as likely, which the image replaces. A discriminator that
    is trained on these sees what the generator made lately, and swings less.

    What it holds are weights, saved and loaded with those of the model. Under a
    strategy all replicas hold the same pool: it takes their images in the order of the
    global batch, so that two replicas with half a batch each are one device with all.
    They must be given the same seed.

    Args:
        size: int. How many images it holds; 0 to give back every image.
        event_shape: sequence of int. Shape of one image.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        images: `[B, *event_shape]` floats.
        seed: pair of ints.

    Returns:
        `[B, *event_shape]` floats.

    Raises:
        ValueError: for a negative size.

    Example:
    >>> pool = ImagePool(2, (1,))
    >>> pool(tf.constant([[1.0], [2.0]]), seed=(0, 1)).numpy().tolist()
    [[1.0], [2.0]]
    >>> sorted(pool.images.numpy().ravel().tolist())
    [1.0, 2.0]

    Reference:
        Shrivastava et al., 2017, section 2.3, https://arxiv.org/abs/1612.07828; Zhu et
        al., 2017, section 4, https://arxiv.org/abs/1703.10593, and its code,
        https://github.com/junyanz/CycleGAN/blob/master/util/image_pool.lua
    """

    def __init__(self, size: int = 50, event_shape: Sequence[int] = (), **kwargs):
        # Images are kept as they come, in the precision of the weights.
        super().__init__(autocast=False, **kwargs)
        if size < 0:
            raise ValueError(f"`size` must be at least 0. Received: size={size}.")
        self.size = size
        self.event_shape = tuple(event_shape)
        # Each replica computes the same; the first one's is kept.
        kept = {"trainable": False, "aggregation": "only_first_replica"}
        self.images = self.add_weight(
            name="images",
            shape=(size, *self.event_shape),
            initializer="zeros",
            autocast=False,
            **kept,
        )
        self.count = self.add_weight(
            name="count", shape=(), initializer="zeros", dtype="int32", **kept
        )

    def build(self, images_shape=None):
        """Makes nothing: the weights are there from the start."""

    def call(self, images, seed):
        if self.size == 0:
            return images
        batch, first = global_batch(images)
        given, held = self._choose(tf.shape(batch)[0], seed)
        known = tf.concat([self.images.value, batch], axis=0)  # [size + B, *event]
        full = tf.minimum(self.count.value + tf.shape(batch)[0], self.size)
        self.images.assign(tf.gather(known, held))
        self.count.assign(full)
        mine = given[first : first + tf.shape(images)[0]]
        return tf.gather(known, mine)

    def _choose(self, count, seed):
        """What is given back and what is held: places in the pool, then in the batch.

        As if the images came one by one: a place that two of them take is held by the
        second, which finds the first there.
        """
        coin, place = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        order = tf.range(count)
        filling = self.count.value + order < self.size
        swapped = ~filling & (tf.random.stateless_uniform([count], coin) < 0.5)
        drawn = tf.random.stateless_uniform([count], place, 0, self.size, tf.int32)
        place = tf.where(filling, self.count.value + order, drawn)
        writes = filling | swapped
        # The image that wrote last to each one's place before it, or -1.
        earlier = (order[None] < order[:, None]) & (place[None] == place[:, None])
        before = _last(earlier & writes[None], order)
        found = tf.where(before < 0, place, self.size + before)
        given = tf.where(swapped, found, self.size + order)  # [B]
        places = tf.range(self.size)
        after = _last((place[None] == places[:, None]) & writes[None], order)
        return given, tf.where(after < 0, places, self.size + after)

    def get_config(self):
        return {
            **super().get_config(),
            "size": self.size,
            "event_shape": self.event_shape,
        }


def _last(marked, order):
    """The last marked column of each row; -1 where there is none."""
    columns = tf.where(marked, order[None], -1)
    padded = tf.pad(columns, [[0, 0], [0, 1]], constant_values=-1)
    return tf.reduce_max(padded, axis=1)
