"""Layers that a caller puts between the blocks of a network."""

import keras


def revive_inserts(inserts, num_blocks: int) -> dict[int, keras.layers.Layer]:
    """Checks a dict of block number to layer, or makes it from its config.

    Args:
        inserts: None; a dict of int to layer; or what `serialize_inserts` gave.
        num_blocks: int. How many blocks the network has.

    Raises:
        ValueError: for the number of a block that is not there.

    Example:
    >>> config = serialize_inserts({1: keras.layers.ReLU()})
    >>> [type(layer).__name__ for layer in revive_inserts(config, 2).values()]
    ['ReLU']
    """
    revived = {
        int(i): keras.layers.deserialize(layer) if isinstance(layer, dict) else layer
        for i, layer in (inserts or {}).items()
    }
    outside = sorted(i for i in revived if not 0 <= i < num_blocks)
    if outside:
        raise ValueError(
            f"`inserts` stand behind the blocks 0..{num_blocks - 1}. Received: a layer "
            f"behind block {outside[0]}."
        )
    return revived


def serialize_inserts(inserts) -> dict[str, dict]:
    """Returns the inserts as plain JSON, whose keys are strings."""
    return {str(i): keras.layers.serialize(layer) for i, layer in inserts.items()}
