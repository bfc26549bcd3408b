"""What the couplings over images share: the mask, and the network that reads a part."""

import abc

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from ...distributions import MaskedCoupling, SplitCoupling
from ..blocks import with_context
from ..flows import FlowLayer
from .conv_conditioner import ConvConditioner
from .gated_attention_conditioner import GatedAttentionConditioner
from .resnet_conditioner import ResNetConditioner

tfb = tfp.bijectors

NETWORKS = {
    "resnet": ResNetConditioner,
    "conv": ConvConditioner,
    "attention": GatedAttentionConditioner,
}


class ImageCoupling(FlowLayer):
    """Transforms one part of an image by a function of the other part.

        y_a = x_a,  y_b = g(x_b; network(x_a, context))

    With `mask="checkerboard"` the parts are the two colours of a board laid over the
    pixels; with `mask="channel"`, the first and the second half of the channels.

    Args:
        mask: "checkerboard" or "channel".
        flip: bool. Whether the other part conditions.
        network: "resnet", "conv" or "attention": `ResNetConditioner`,
            `ConvConditioner` or `GatedAttentionConditioner`.
        filters: int. Maps of the network.
        num_blocks: int. Depth of the network.
        activation: str. The network's hidden activation.
        **kwargs: passed on to `keras.layers.Layer`.

    Raises:
        ValueError: for another mask or network; at `build`, for a rank other than 4,
            a single channel under a channel mask, or a single pixel.
    """

    def __init__(
        self,
        mask: str = "checkerboard",
        *,
        flip: bool = False,
        network: str = "resnet",
        filters: int = 32,
        num_blocks: int = 2,
        activation: str = "relu",
        **kwargs,
    ):
        super().__init__(**kwargs)
        name = type(self).__name__
        if mask not in ("checkerboard", "channel"):
            raise ValueError(
                f"{name} takes mask='checkerboard' or 'channel'. "
                f"Received: mask={mask!r}."
            )
        if network not in NETWORKS:
            raise ValueError(
                f"{name} takes a network of {sorted(NETWORKS)}. "
                f"Received: network={network!r}."
            )
        self.mask = mask
        self.flip = flip
        self.network = network
        self.filters = filters
        self.num_blocks = num_blocks
        self.activation = activation

    @property
    @abc.abstractmethod
    def parameters_per_channel(self) -> int:
        """How many numbers the network gives for each entry that moves."""

    @abc.abstractmethod
    def _transformer(self, parameters) -> tfb.Bijector:
        """Makes `g` of the network's output, `[..., moved, parameters_per_channel]`."""

    # === Weights ===
    def build(self, x_shape, context_shape=None):
        self._check(tuple(x_shape))
        event = tuple(x_shape[1:])
        channels = event[-1]
        self.input_spec = [keras.layers.InputSpec(shape=(None, *event))]
        self.context_size = context_shape[-1] if context_shape is not None else 0
        self.event = event
        if self.mask == "channel":
            # TFP's convention: a negative count keeps the *last* channels.
            given = channels // 2
            self.num_given = given - channels if self.flip else given
            self.num_seen = abs(self.num_given)
            self.num_moved = channels - self.num_seen
        else:
            self.num_seen = self.num_moved = channels
        self.conditioner = NETWORKS[self.network](
            self.parameters_per_channel * self.num_moved,
            self.filters,
            self.num_blocks,
            activation=self.activation,
            dtype=self.dtype_policy,
        )
        # The network is shown the board too: a masked 0 differs from a real one.
        inputs = self.num_seen + (self.mask == "checkerboard")
        self.conditioner.build((None, *event[:2], inputs), context_shape)

    def _check(self, shape):
        name = type(self).__name__
        if len(shape) != 4 or None in shape[1:]:
            raise ValueError(
                f"{name} takes [B, H, W, C] images of known size. "
                f"Received: shape {shape}."
            )
        _, height, width, channels = shape
        if self.mask == "channel" and channels < 2:
            raise ValueError(
                f"{name} splits the channels in two, so there must be at least 2. "
                f"Received: shape {shape}. Squeeze the image first."
            )
        if self.mask == "checkerboard" and height * width < 2:
            raise ValueError(
                f"{name} splits the pixels in two, so there must be at least 2. "
                f"Received: shape {shape}."
            )

    # === Transform ===
    def _bijector(self, context):
        # A new closure each time: TFP's cache, keyed on it, dies with the bijector.
        def transformer(given):
            return self._transformer(self._parameters(given, context))

        if self.mask == "channel":
            return SplitCoupling(self.num_given, transformer, event_ndims=3)
        return MaskedCoupling(self._board(), transformer)

    def _board(self):
        """True on the fields that stay, `[H, W, 1]`."""
        rows, columns = np.indices(self.event[:2])
        return ((rows + columns) % 2 == int(self.flip))[..., None]

    def _parameters(self, given, context):
        """Runs the network, which takes one batch axis, under any number of them."""
        batch = tf.shape(given)[:-3]
        images = tf.reshape(given, [-1, *self.event[:2], self.num_seen])
        if self.mask == "checkerboard":
            images = with_context(images, self._board()[None])
        if context is not None and given.shape.rank > 4:
            shape = tf.concat([batch, tf.shape(context)[1:]], axis=0)
            context = tf.broadcast_to(context, shape)
            context = tf.reshape(context, [-1, *context.shape[batch.shape[0] :]])
        flat = self.conditioner(images, context)
        # The maths of the bijector stays in the data's precision.
        flat = tf.cast(flat, given.dtype)
        shape = [*self.event[:2], self.num_moved, self.parameters_per_channel]
        return tf.reshape(flat, tf.concat([batch, shape], axis=0))

    def get_config(self):
        return {
            **super().get_config(),
            "mask": self.mask,
            "flip": self.flip,
            "network": self.network,
            "filters": self.filters,
            "num_blocks": self.num_blocks,
            "activation": self.activation,
        }
