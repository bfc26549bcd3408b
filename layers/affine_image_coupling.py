"""Affine coupling over images, the building block of RealNVP and Glow."""

import keras

from .image_coupling import ImageCoupling
from .transformers import bounded_affine


@keras.saving.register_keras_serializable(package="genkeras")
class AffineImageCoupling(ImageCoupling):
    """Shifts and scales one part of an image, given the other part.

        y_a = x_a
        y_b = exp(s) * x_b + t,   t, r = network(x_a, condition)
        s = max_log_scale * tanh(r / max_log_scale)

    The log-determinant is `sum(s)`. Starts as the identity.

    Args:
        mask: "checkerboard" or "channel": which parts; see `ImageCoupling`.
        max_log_scale: float. Bound on `|s|`, so that a bad step cannot overflow
            `exp`.
        **kwargs: `flip`, `network`, `filters`, `num_blocks`, `activation`, ... as for
            `ImageCoupling`.

    Call arguments:
        x: `[B, H, W, C]` floats.
        condition: None, `[B, K]` or `[B, H, W, K]` floats.

    Returns:
        `[B, H, W, C]` floats: the forward transform of `x`.

    Raises:
        ValueError: as `ImageCoupling`.

    Example:
    >>> AffineImageCoupling("checkerboard", filters=8)(tf.zeros([2, 4, 4, 1])).shape
    TensorShape([2, 4, 4, 1])

    Reference:
        Dinh et al., 2017, sections 3.2 and 3.4, https://arxiv.org/abs/1605.08803
    """

    def __init__(
        self, mask: str = "checkerboard", *, max_log_scale: float = 3.0, **kwargs
    ):
        super().__init__(mask, **kwargs)
        self.max_log_scale = max_log_scale

    @property
    def parameters_per_channel(self):
        return 2

    def _transformer(self, parameters):
        return bounded_affine(parameters, self.max_log_scale)

    def get_config(self):
        return {**super().get_config(), "max_log_scale": self.max_log_scale}
