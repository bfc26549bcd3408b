"""A fixed order of the channels."""

import keras
import numpy as np
import tensorflow_probability as tfp

from ..blocks import seeded_permutation
from .flow_layer import FlowLayer

tfb = tfp.bijectors


@keras.saving.register_keras_serializable(package="genkeras")
class Permutation(FlowLayer):
    """Reorders the channels, `y[..., i] = x[..., permutation[i]]`, once and for all.

    The log-determinant is 0. Has no weights: the order follows from the config, on
    every machine and version. Takes no context and ignores one.

    Args:
        order: "reversed" or "random".
        seed: int. The random order, if it is one.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, D]` or `[B, H, W, C]` floats.
        context: ignored.

    Returns:
        Floats of the shape of `x`.

    Raises:
        ValueError: for another `order`.

    Example:
    >>> Permutation()(tf.constant([[1.0, 2.0, 3.0]])).numpy()
    array([[3., 2., 1.]], dtype=float32)
    """

    def __init__(self, order: str = "reversed", *, seed: int = 0, **kwargs):
        super().__init__(**kwargs)
        if order not in ("reversed", "random"):
            raise ValueError(
                "Permutation takes order='reversed' or 'random'. Received: "
                f"order={order!r}."
            )
        self.order = order
        self.seed = seed

    def build(self, x_shape, context_shape=None):
        channels = x_shape[-1]
        self.input_spec = [
            keras.layers.InputSpec(ndim=len(x_shape), axes={-1: channels})
        ]
        if self.order == "random":
            self.permutation = seeded_permutation(channels, self.seed)
        else:
            self.permutation = np.arange(channels)[::-1].copy()

    def _bijector(self, context):
        return tfb.Permute(self.permutation.astype("int32"), axis=-1)

    def get_config(self):
        return {**super().get_config(), "order": self.order, "seed": self.seed}
