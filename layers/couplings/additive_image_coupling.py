"""Additive coupling over images."""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from .image_coupling import ImageCoupling

tfb = tfp.bijectors


@keras.saving.register_keras_serializable(package="genkeras")
class AdditiveImageCoupling(ImageCoupling):
    """Shifts one part of an image, given the other part.

        y_a = x_a,  y_b = x_b + network(x_a, context)

    Preserves volume: the log-determinant is exactly 0. Starts as the identity.

    Args:
        mask: "checkerboard" or "channel": which parts; see `ImageCoupling`.
        **kwargs: `flip`, `network`, `filters`, `conditioner`, ... as for
            `ImageCoupling`.

    Example:
    >>> AdditiveImageCoupling("channel", filters=8)(tf.zeros([2, 4, 4, 2])).shape
    TensorShape([2, 4, 4, 2])

    Reference:
        Dinh et al., 2015, section 3.2, https://arxiv.org/abs/1410.8516
    """

    @property
    def parameters_per_channel(self):
        return 1

    def _transformer(self, parameters):
        return tfb.Shift(tf.squeeze(parameters, axis=-1))
