"""The network of a transformer that predicts what comes next."""

import keras

from ...layers.blocks import ReplicaDropout
from ...layers.causal import (
    CausalAttention,
    CausalResidual,
    CausalSequence,
    EachPosition,
    PositionEmbedding,
    Shift,
    TokenEmbedding,
)


def transformer_blocks(
    units: int,
    *,
    num_blocks: int,
    num_heads: int,
    width: int,
    num_tokens: int | None = None,
    window=None,
    row_length: int | None = None,
    dropout: float = 0.0,
    seed: int | None = None,
    dtype=None,
) -> CausalSequence:
    """Returns pre-normalized blocks of attention and two dense layers.

    Args:
        units: int. Numbers for each position.
        num_blocks: int.
        num_heads: int.
        width: int. Of the blocks; their hidden layer is four times as wide.
        num_tokens: None where inputs are numbers, or how many symbols there are.
        window: as for `CausalAttention`.
        row_length: as for `CausalAttention`.
        dropout: float in [0, 1). Before each short-cut ends, and after the embedding.
        seed: None or int. Where the dropout's generators start.
        dtype: the dtype policy.

    Reference:
        Radford et al., 2019, "Language Models are Unsupervised Multitask Learners",
        section 2.3
    """
    layers = keras.layers
    policy = {"dtype": dtype}
    # Another one for each, or all would drop the same entries.
    seeds = iter(range(2 * num_blocks + 1))

    def each(layer):
        return EachPosition(layer, **policy)

    def drop():
        if not dropout:
            return []
        own = None if seed is None else seed + next(seeds)
        return [each(ReplicaDropout(dropout, seed=own, **policy))]

    def norm():
        return each(layers.LayerNormalization(epsilon=1e-5, **policy))

    def block():
        attention = CausalAttention(
            num_heads, window=window, row_length=row_length, **policy
        )
        hidden = each(layers.Dense(4 * width, activation="gelu", **policy))
        return [
            CausalResidual([norm(), attention, *drop()], **policy),
            CausalResidual(
                [norm(), hidden, each(layers.Dense(width, **policy)), *drop()], **policy
            ),
        ]

    if num_tokens is None:
        embedding = [Shift(**policy), each(layers.Dense(width, **policy))]
    else:
        embedding = [TokenEmbedding(num_tokens, width, **policy), Shift(**policy)]
    blocks = [layer for _ in range(num_blocks) for layer in block()]
    return CausalSequence(
        [
            *embedding,
            PositionEmbedding(**policy),
            *drop(),
            *blocks,
            norm(),
            each(layers.Dense(units, **policy)),
        ],
        **policy,
    )
