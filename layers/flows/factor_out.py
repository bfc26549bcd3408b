"""Where a multi-scale flow lets half of an image go."""

import keras
import tensorflow_probability as tfp

from ...distributions import FirstChannels
from .flow_layer import FlowLayer

tfb = tfp.bijectors


@keras.saving.register_keras_serializable(package="genkeras")
class FactorOut(FlowLayer):
    """Sends the first half of the channels through more flow, and ends the other.

        y_a = rest(x_a)
        y_b = x_b,                              without a prior
        [y_a, y_b] = prior([y_a, x_b])          with one

    Read from the data: `y_b` leaves for the noise here, and only `y_a` goes on. The
    prior is a coupling that moves `y_b` given `y_a`; an affine one makes
    `y_b ~ Normal(t(y_a), exp(s(y_a)))` of normal noise, which is Glow's learned prior,
    and a temperature on the noise acts on it as there. The noise keeps the shape of
    the image, so a flow with any number of scales still has one tensor of noise.

    Args:
        rest: `FlowLayer` for the first `C // 2` channels: the coarser scales.
        prior: None, or a `FlowLayer` such as `AffineImageCoupling("channel")`.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats, with `C >= 2`.
        context: None, or the context of both layers.

    Returns:
        `[B, H, W, C]` floats: the forward transform of `x`.

    Raises:
        ValueError: at `build`, for fewer than 2 channels.

    Example:
    >>> from genkeras.layers import AffineImageCoupling
    >>> prior = AffineImageCoupling("channel", filters=8)
    >>> rest = AffineImageCoupling("checkerboard", filters=8)
    >>> FactorOut(rest, prior)(tf.zeros([2, 4, 4, 2])).shape
    TensorShape([2, 4, 4, 2])

    Reference:
        Dinh et al., 2017, section 3.6, https://arxiv.org/abs/1605.08803
        Kingma and Dhariwal, 2018, https://arxiv.org/abs/1807.03039
    """

    def __init__(self, rest: FlowLayer, prior: FlowLayer | None = None, **kwargs):
        super().__init__(**kwargs)
        self.rest = rest
        self.prior = prior

    def build(self, x_shape, context_shape=None):
        event = tuple(x_shape[1:])
        if len(event) != 3 or event[-1] < 2:
            raise ValueError(
                "FactorOut halves the channels of [B, H, W, C] images, so C must be at "
                f"least 2. Received: shape {tuple(x_shape)}."
            )
        self.input_spec = [keras.layers.InputSpec(shape=(None, *event))]
        self.num_kept = event[-1] // 2
        self.rest.ensure_built((None, *event[:2], self.num_kept), context_shape)
        if self.prior is not None:
            self.prior.ensure_built((None, *event), context_shape)

    def _bijector(self, context):
        rest = FirstChannels(self.rest.bijector(context), self.num_kept)
        if self.prior is None:
            return rest
        return tfb.Chain([self.prior.bijector(context), rest])

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "rest": serialize(self.rest),
            "prior": None if self.prior is None else serialize(self.prior),
        }

    @classmethod
    def from_config(cls, config):
        deserialize = keras.saving.deserialize_keras_object
        prior = config["prior"]
        return cls(
            **{
                **config,
                "rest": deserialize(config["rest"]),
                "prior": None if prior is None else deserialize(prior),
            }
        )
