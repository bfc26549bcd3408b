"""What the couplings over images share: the mask, and the network that reads a part."""

import abc

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from ...distributions import MaskedCoupling, SplitCoupling
from ..blocks import (
    check_network,
    over_batch,
    revive_network,
    run_network,
    serialize_network,
    with_context,
)
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
        conditioner: None, or your own Keras layer or model for the network, from
            `[N, H, W, seen]` (the channels that are kept; under a checkerboard all of
            them and the board), and the context if there is one, to `[N, H, W, moved *
            parameters_per_channel]`. Each layer takes one of its own.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats.
        context: None, `[B, K]` floats, or an image `[B, H, W, K]`.

    Returns:
        `[B, H, W, C]` floats: the forward transform of `x`.

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
        conditioner: keras.layers.Layer | dict | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.given_conditioner = revive_network(conditioner, "conditioner")
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
        units = self.parameters_per_channel * self.num_moved
        # The network is shown the board too: a masked 0 differs from a real one.
        seen = (*event[:2], self.num_seen + (self.mask == "checkerboard"))
        if self.given_conditioner is None:
            self.conditioner = NETWORKS[self.network](
                units,
                self.filters,
                self.num_blocks,
                activation=self.activation,
                dtype=self.dtype_policy,
            )
            self.conditioner.build((None, *seen), context_shape)
            return
        self.conditioner = self.given_conditioner
        context = [] if context_shape is None else [tuple(context_shape[1:])]
        wanted = (*event[:2], units)
        check_network(self.conditioner, "conditioner", [seen, *context], wanted)

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
        """Runs the conditioner; `[..., H, W, seen]` to `[..., H, W, moved, P]`."""

        def network(images, *context):
            if self.mask == "checkerboard":
                images = with_context(images, self._board()[None])
            return run_network(self.conditioner, images, *context)

        context_ndims = 1 if context is None else context.shape.rank - 1
        flat = over_batch(
            network, given, context, event_ndims=3, context_ndims=context_ndims
        )
        # The maths of the bijector stays in the data's precision.
        flat = tf.cast(flat, given.dtype)
        shape = [*self.event[:2], self.num_moved, self.parameters_per_channel]
        return tf.reshape(flat, tf.concat([tf.shape(flat)[:-3], shape], axis=0))

    def get_config(self):
        given = serialize_network(self.given_conditioner)
        return {
            **super().get_config(),
            **({} if given is None else {"conditioner": given}),
            "mask": self.mask,
            "flip": self.flip,
            "network": self.network,
            "filters": self.filters,
            "num_blocks": self.num_blocks,
            "activation": self.activation,
        }
