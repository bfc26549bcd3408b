"""Encoders and decoders by the name of their kind."""

from ...layers.networks import (
    ConvDecoder,
    ConvEncoder,
    DenseDecoder,
    DenseEncoder,
    FullyConvDecoder,
    FullyConvEncoder,
    ResNetDecoder,
    ResNetEncoder,
)
from ..base import refusal

_PAIRS = {
    "dense": (DenseEncoder, DenseDecoder),
    "convolutional": (ConvEncoder, ConvDecoder),
    "fully_convolutional": (FullyConvEncoder, FullyConvDecoder),
    "resnet": (ResNetEncoder, ResNetDecoder),
}


def networks_of(architecture, filters, hidden_units, **options) -> tuple:
    """Returns how to make an encoder of so many units, and a decoder of a shape.

    Args:
        architecture: None, or a name. None stands for "dense" without `filters`, and
            for "convolutional" with some.
        filters: None, or the maps of the encoder; the decoder has them in reverse.
        hidden_units: widths of the encoder's dense layers; the decoder has them in
            reverse. A fully convolutional network has none.
        **options: `activation` and `dtype`.

    Raises:
        ValueError: for another name, and for filters that are missing or too many.
    """
    name = architecture or ("dense" if filters is None else "convolutional")
    if name not in _PAIRS or (name == "dense") != (filters is None):
        raise refusal(
            f"Architectures are {', '.join(_PAIRS)}; all but dense have `filters`. "
            f"Received: architecture={architecture!r}, filters={filters}."
        )
    layouts = {
        "dense": [hidden_units],
        "fully_convolutional": [filters],
    }
    layout = layouts.get(name, [filters, hidden_units])
    backwards = [part[::-1] for part in layout]
    encoder, decoder = _PAIRS[name]
    return (
        lambda units: encoder(units, *layout, **options),
        lambda shape: decoder(shape, *backwards, **options),
    )
