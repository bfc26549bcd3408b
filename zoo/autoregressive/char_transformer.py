"""A transformer over characters.

Reference:
    Radford et al., 2019, "Language Models are Unsupervised Multitask Learners"
"""

import keras

from .text_model import TextModel
from .transformer_blocks import transformer_blocks


@keras.saving.register_keras_serializable(package="genkeras")
class CharTransformer(TextModel):
    """Predicts each character from those before it, by causal attention.

    Blocks are pre-normalized, positions are learned, and the hidden layers of a block
    are four times as wide as it.

    Args:
        vocabulary: str. The characters, each once.
        length: int. The context: how many characters an example has.
        num_blocks: int.
        num_heads: int. Divides `units`.
        units: int. Width of the blocks.
        dropout: float in [0, 1).
        **kwargs: `condition_spec`, `seed`, ... as for `TextModel`.

    Example:
    >>> model = CharTransformer("abc ", 12, num_blocks=1, num_heads=2, units=8)
    >>> model.generate("ab", seed=0)[0][:2]
    'ab'

    Reference:
        Vaswani et al., 2017, section 3, https://arxiv.org/abs/1706.03762
    """

    def __init__(
        self,
        vocabulary: str,
        length: int = 256,
        num_blocks: int = 4,
        num_heads: int = 4,
        units: int = 128,
        *,
        dropout: float = 0.0,
        **kwargs,
    ):
        super().__init__(vocabulary, length, **kwargs)
        self.num_blocks = num_blocks
        self.num_heads = num_heads
        self.units = units
        self.dropout = dropout
        self.build()

    def make_network(self, units):
        return transformer_blocks(
            units,
            num_blocks=self.num_blocks,
            num_heads=self.num_heads,
            width=self.units,
            num_tokens=self.num_levels,
            dropout=self.dropout,
            seed=self.seed,
            dtype=self.dtype_policy,
        )

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "num_blocks": self.num_blocks,
            "num_heads": self.num_heads,
            "units": self.units,
            "dropout": self.dropout,
        }
