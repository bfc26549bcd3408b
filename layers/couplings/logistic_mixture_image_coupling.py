"""Logistic-mixture coupling over images, the building block of Flow++."""

import keras
import tensorflow_probability as tfp

from ..flows import mixture_then_affine
from .image_coupling import ImageCoupling

tfb = tfp.bijectors


@keras.saving.register_keras_serializable(package="genkeras")
class LogisticMixtureImageCoupling(ImageCoupling):
    """Bends one part of an image by mixtures of logistics, given the other part.

        x_a = y_a
        x_b = exp(s) * logit(F(y_b)) + t,  with s, t and F from network(y_a, context)

    `F` is the distribution function of a mixture of `num_components` logistics; see
    `LogisticMixtureCDF`. The formula runs from data `y` to noise `x`, so that training
    evaluates it; sampling searches for its root. Starts near the identity: equal
    components would stay equal, so they start apart.

    Args:
        mask: "checkerboard" or "channel": which parts; see `ImageCoupling`.
        num_components: int. Logistics in each mixture; the paper takes 32.
        max_log_scale: float. Bound on `|s|` and on every component's `|log scale|`.
        **kwargs: `flip`, `network`, `filters`, `conditioner`, ... as for
            `ImageCoupling`.

    Example:
    >>> coupling = LogisticMixtureImageCoupling("channel", num_components=2, filters=4)
    >>> coupling(tf.zeros([2, 4, 4, 2])).shape
    TensorShape([2, 4, 4, 2])

    Reference:
        Ho et al., 2019, section 3.2, https://arxiv.org/abs/1902.00275
    """

    def __init__(
        self,
        mask: str = "checkerboard",
        *,
        num_components: int = 8,
        max_log_scale: float = 3.0,
        **kwargs,
    ):
        super().__init__(mask, **kwargs)
        self.num_components = num_components
        self.max_log_scale = max_log_scale

    @property
    def parameters_per_channel(self):
        return 3 * self.num_components + 2

    def _transformer(self, parameters):
        return tfb.Invert(mixture_then_affine(parameters, self.max_log_scale))

    def get_config(self):
        return {
            **super().get_config(),
            "num_components": self.num_components,
            "max_log_scale": self.max_log_scale,
        }
