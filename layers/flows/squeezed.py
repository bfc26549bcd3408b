"""A flow layer at a coarser resolution."""

import keras
import tensorflow_probability as tfp

from ...distributions import SpaceToDepth
from .flow_layer import FlowLayer

tfb = tfp.bijectors


@keras.saving.register_keras_serializable(package="genkeras")
class Squeezed(FlowLayer):
    """Runs a flow layer on a squeezed image: less wide and high, more channels.

        y = unsqueeze(layer(squeeze(x))),   squeeze: [H, W, C] -> [H/b, W/b, b*b*C]

    The image has its own shape before and after, so that scales nest in one another
    and a whole multi-scale flow keeps the shape of the data.

    Args:
        layer: the `FlowLayer` that sees the squeezed image.
        block_size: int. Side `b` of the blocks that become channels.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats.
        context: None, or the context of the layer, `[B, K]`.

    Returns:
        `[B, H, W, C]` floats: the forward transform of `x`.

    Raises:
        ValueError: at `build`, if a side of the image is not a multiple of
            `block_size`.

    Example:
    >>> from genkeras.layers import AffineImageCoupling
    >>> coupling = AffineImageCoupling("channel", filters=8)
    >>> Squeezed(coupling)(tf.zeros([2, 4, 4, 1])).shape
    TensorShape([2, 4, 4, 1])

    Reference:
        Dinh et al., 2017, section 3.6, https://arxiv.org/abs/1605.08803
    """

    def __init__(self, layer: FlowLayer, *, block_size: int = 2, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer
        self.block_size = block_size

    def build(self, x_shape, context_shape=None):
        event = tuple(x_shape[1:])
        self.input_spec = [keras.layers.InputSpec(shape=(None, *event))]
        squeezed = SpaceToDepth(self.block_size).forward_event_shape(event)
        self.layer.ensure_built((None, *squeezed), context_shape)

    def _bijector(self, context):
        squeeze = SpaceToDepth(self.block_size)
        return tfb.Chain([tfb.Invert(squeeze), self.layer.bijector(context), squeeze])

    def get_config(self):
        return {
            **super().get_config(),
            "layer": keras.saving.serialize_keras_object(self.layer),
            "block_size": self.block_size,
        }

    @classmethod
    def from_config(cls, config):
        layer = keras.saving.deserialize_keras_object(config["layer"])
        return cls(**{**config, "layer": layer})
