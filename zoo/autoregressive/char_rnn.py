"""A recurrent network over characters.

Reference:
    Karpathy, 2015, "The Unreasonable Effectiveness of Recurrent Neural Networks",
    https://karpathy.github.io/2015/05/21/rnn-effectiveness/
"""

import keras
import tensorflow as tf

from ...layers.blocks import ReplicaDropout
from ...layers.causal import (
    CausalRecurrence,
    CausalSequence,
    EachPosition,
    Shift,
    TokenEmbedding,
)
from .text_model import TextModel


@keras.saving.register_keras_serializable(package="genkeras")
class CharRNN(TextModel):
    """Predicts each character from those before it, by an LSTM or a GRU.

    Examples start from an empty state. A whole text is scored with the state carried
    along, so that every character is predicted from all that came before.

    Args:
        vocabulary: str. The characters, each once.
        length: int. How many characters an example has.
        units: int. Width of each recurrent layer.
        num_layers: int. How many there are.
        kind: "lstm" or "gru".
        dropout: float in [0, 1). After each recurrent layer.
        **kwargs: `condition_spec`, `seed`, ... as for `TextModel`.

    Example:
    >>> model = CharRNN("abc ", 12, units=8, num_layers=1, kind="gru")
    >>> model.text_log_prob("abba cab").shape
    TensorShape([8])

    Reference:
        Graves, 2013, section 3, https://arxiv.org/abs/1308.0850
    """

    def __init__(
        self,
        vocabulary: str,
        length: int = 128,
        units: int = 128,
        num_layers: int = 2,
        *,
        kind: str = "lstm",
        dropout: float = 0.0,
        **kwargs,
    ):
        super().__init__(vocabulary, length, **kwargs)
        self.units = units
        self.num_layers = num_layers
        self.kind = kind
        self.dropout = dropout
        self.build()

    def make_network(self, units):
        policy = {"dtype": self.dtype_policy}

        def recurrent(i):
            layers = [CausalRecurrence(self.units, kind=self.kind, **policy)]
            if self.dropout:
                own = None if self.seed is None else self.seed + i
                drop = ReplicaDropout(self.dropout, seed=own, **policy)
                layers.append(EachPosition(drop, **policy))
            return layers

        embedding = [
            TokenEmbedding(self.num_levels, self.units, **policy),
            Shift(**policy),
        ]
        blocks = [layer for i in range(self.num_layers) for layer in recurrent(i)]
        last = EachPosition(keras.layers.Dense(units, **policy), **policy)
        return CausalSequence([*embedding, *blocks, last], **policy)

    def text_log_prob(self, text, *, batch_size=16):
        """Returns the log-probability of each character of a whole text, in nats.

        The state is carried along from the first character to the last.

        Args:
            text: str.
            batch_size: int. Not used: there is one sequence.

        Returns:
            `[len(text)]` floats.
        """
        symbols = tf.constant(self.encode_text(text))[None]
        return self._compiled_conditionals(symbols, None)[0]

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "num_layers": self.num_layers,
            "kind": self.kind,
            "dropout": self.dropout,
        }
