"""Affine coupling over images, the building block of RealNVP and Glow."""

import keras

from ..flows import bounded_affine, sigmoid_affine
from .image_coupling import ImageCoupling


@keras.saving.register_keras_serializable(package="genkeras")
class AffineImageCoupling(ImageCoupling):
    """Shifts and scales one part of an image, given the other part.

        y_a = x_a
        y_b = exp(s) * x_b + t,   t, r = network(x_a, context)
        s = max_log_scale * tanh(r / max_log_scale)

    The log-determinant is `sum(s)`. Starts as the identity. With `scale="sigmoid"`, as
    Glow has it, `exp(-s)` is `sigmoid(2 + s') / sigmoid(2)` with the bounded `s'`: no
    chain of couplings, however deep, magnifies an image much on its way to the noise.

    Args:
        mask: "checkerboard" or "channel": which parts; see `ImageCoupling`.
        scale: "exponential" or "sigmoid".
        max_log_scale: float. Bound on `|s|`, so that a bad step cannot overflow
            `exp`.
        **kwargs: `flip`, `network`, `filters`, `conditioner`, ... as for
            `ImageCoupling`.

    Example:
    >>> AffineImageCoupling("checkerboard", filters=8)(tf.zeros([2, 4, 4, 1])).shape
    TensorShape([2, 4, 4, 1])

    Reference:
        Dinh et al., 2017, sections 3.2 and 3.4, https://arxiv.org/abs/1605.08803;
        Kingma and Dhariwal, 2018, for the sigmoid, https://arxiv.org/abs/1807.03039
    """

    def __init__(
        self,
        mask: str = "checkerboard",
        *,
        scale: str = "exponential",
        max_log_scale: float = 3.0,
        **kwargs,
    ):
        super().__init__(mask, **kwargs)
        if scale not in ("exponential", "sigmoid"):
            raise ValueError(
                "AffineImageCoupling takes scale='exponential' or 'sigmoid'. "
                f"Received: scale={scale!r}."
            )
        self.scale = scale
        self.max_log_scale = max_log_scale

    @property
    def parameters_per_channel(self):
        return 2

    def _transformer(self, parameters):
        make = sigmoid_affine if self.scale == "sigmoid" else bounded_affine
        return make(parameters, self.max_log_scale)

    def get_config(self):
        return {
            **super().get_config(),
            "scale": self.scale,
            "max_log_scale": self.max_log_scale,
        }
