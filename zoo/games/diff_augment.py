"""Augmentations that both players of a GAN see through."""

import keras
import tensorflow as tf

from .regularizers import Regularizer


@keras.saving.register_keras_serializable(package="genkeras")
class DiffAugment(Regularizer):
    """Shows the discriminator augmented images, real and generated alike.

    Little data is soon learned by heart. Augmenting the real images alone would have
    the generator draw augmented ones; augmenting both, in both players' steps, and
    passing the generator's gradient through, leaves its target as it was. For each
    image anew, in this order:

        color        x + b;   m + s (x - m), m the mean over a pixel's channels;
                     n + c (x - n), n the mean over the image
                     b ~ Uniform[-1/2, 1/2], s ~ Uniform[0, 2], c ~ Uniform[1/2, 3/2]
        translation  by whole pixels, up to `translation` of height and width, what
                     comes in being 0
        cutout       a rectangle of `cutout` of height and width is 0; its centre is
                     anywhere in the image

    As in the authors' code, for images in `[-1, 1]`. Real and generated images get
    draws of their own, as does each replica. Penalties are taken at the augmented
    images, the ones that the discriminator sees; scores of `evaluate` are of clean
    images.

    Args:
        color: bool. Whether brightness, saturation and contrast change.
        translation: float. Share of the sides, in `[0, 1]`; 0 leaves it out.
        cutout: float. Share of the sides, in `[0, 1]`; 0 leaves it out.

    Raises:
        ValueError: for a share outside `[0, 1]`; in `corrupt`, for what are no images.

    Example:
    >>> augment = DiffAugment(color=False, translation=0.0, cutout=0.5)
    >>> x = augment.corrupt(tf.ones([1, 4, 4, 1]), step=0, seed=(0, 3))
    >>> int(tf.reduce_sum(x))  # a hole of 2 by 2 pixels, or what is inside of it
    12

    Reference:
        Zhao et al., 2020, https://arxiv.org/abs/2006.10738, and its code,
        https://github.com/mit-han-lab/data-efficient-gans
    """

    def __init__(
        self, *, color: bool = True, translation: float = 0.125, cutout: float = 0.5
    ):
        self.color = color
        self.translation = _share("translation", translation)
        self.cutout = _share("cutout", cutout)

    def corrupt(self, x, step, seed):
        if x.shape.rank != 4 or None in x.shape[1:3]:
            raise ValueError(
                "DiffAugment takes images of a known size, [B, H, W, C]. Received: "
                f"shape {tuple(x.shape)}."
            )
        colors, places, holes = tf.unstack(
            tf.random.experimental.stateless_split(seed, 3)
        )
        if self.color:
            x = _recolor(x, colors)
        if self.translation:
            x = _translate(x, self.translation, places)
        if self.cutout:
            x = _cut_out(x, self.cutout, holes)
        return x

    def get_config(self):
        return {
            "color": self.color,
            "translation": self.translation,
            "cutout": self.cutout,
        }


def _share(name, value):
    if not 0.0 <= value <= 1.0:
        raise ValueError(
            f"`{name}` is a share of the sides, in [0, 1]. Received: {name}={value}."
        )
    return value


def _recolor(x, seed):
    shape = [3, tf.shape(x)[0], 1, 1, 1]
    brightness, saturation, contrast = tf.unstack(
        tf.random.stateless_uniform(shape, seed, dtype=x.dtype)
    )
    x = x + (brightness - 0.5)
    gray = tf.reduce_mean(x, axis=-1, keepdims=True)
    x = gray + 2.0 * saturation * (x - gray)
    mean = tf.reduce_mean(x, axis=[1, 2, 3], keepdims=True)
    return mean + (contrast + 0.5) * (x - mean)


def _translate(x, share, seed):
    rows, columns = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
    return _shift(_shift(x, share, 1, rows), share, 2, columns)


def _shift(x, share, axis, seed):
    side = x.shape[axis]
    most = _part(side, share)
    shape = [tf.shape(x)[0], 1]
    shift = tf.random.stateless_uniform(shape, seed, -most, most + 1, tf.int32)
    source = tf.range(side) + shift  # [B, side]
    rows = tf.clip_by_value(source, 0, side - 1)
    moved = tf.gather(x, rows, axis=axis, batch_dims=1)
    inside = _along((source >= 0) & (source < side), axis)
    return tf.where(inside, moved, tf.zeros_like(moved))


def _cut_out(x, share, seed):
    rows, columns = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
    hole = _hole(x, share, 1, rows) & _hole(x, share, 2, columns)  # [B, H, W, 1]
    return tf.where(hole, tf.zeros_like(x), x)


def _hole(x, share, axis, seed):
    side = x.shape[axis]
    size = _part(side, share)
    # The middle of an even number of pixels lies between two, or at either end.
    last = side + 1 - size % 2
    shape = [tf.shape(x)[0], 1]
    middle = tf.random.stateless_uniform(shape, seed, 0, last, tf.int32)
    place = tf.range(side) - (middle - size // 2)  # [B, side]
    return _along((place >= 0) & (place < size), axis)


def _part(side, share):
    return int(side * share + 0.5)  # as the authors round


def _along(mask, axis):
    """`[B, side]` as `[B, side, 1, 1]` or `[B, 1, side, 1]`."""
    return mask[:, :, None, None] if axis == 1 else mask[:, None, :, None]
