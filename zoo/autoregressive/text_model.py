"""What every model of text can do."""

import functools
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from ..base import refusal
from .autoregressive_model import AutoregressiveModel


class TextModel(AutoregressiveModel):
    """An autoregressive model of characters, with the vocabulary it was made for.

    `fit` takes windows of symbols, `[B, T]` numbers of characters in the vocabulary, as
    `encode_text` gives them; `generate` takes and returns strings.

    Args:
        vocabulary: str or sequence of str. The characters, each once.
        length: int. How many characters `T` an example has; the longest that
            `generate` writes, where the network looks no further.
        **kwargs: `head`, `condition_spec`, `seed`, ... as for `AutoregressiveModel`.

    Raises:
        ValueError: for characters that come twice, or fewer than two.
    """

    def __init__(self, vocabulary: str | Sequence[str], length: int, **kwargs):
        vocabulary = "".join(vocabulary)
        twice = sorted({c for c in vocabulary if vocabulary.count(c) > 1})
        if twice or len(vocabulary) < 2:
            raise ValueError(
                f"{type(self).__name__} takes a vocabulary of at least two characters, "
                f"each once. Received: {len(vocabulary)} characters"
                f"{f', {twice[0]!r} more than once' if twice else ''}."
            )
        super().__init__((length,), num_levels=len(vocabulary), **kwargs)
        self.vocabulary = vocabulary
        self.length = length

    def to_network(self, x):
        return x  # symbols, which the network looks up

    # === Text ===
    def encode_text(self, text: str) -> np.ndarray:
        """Returns the numbers of characters, `[len(text)]` int32.

        Raises:
            ValueError: naming the characters that the vocabulary lacks.
        """
        unknown = sorted(set(text) - set(self.vocabulary))
        if unknown:
            raise refusal(
                f"The vocabulary of {self._class_name} has {len(self.vocabulary)} "
                f"characters. Received: {', '.join(map(repr, unknown[:10]))}, which "
                "it lacks."
            )
        numbers = {c: i for i, c in enumerate(self.vocabulary)}
        return np.array([numbers[c] for c in text], "int32")

    def decode_text(self, numbers) -> list[str]:
        """Returns strings of `[B, T]` numbers of characters."""
        rows = np.asarray(numbers)
        return ["".join(self.vocabulary[i] for i in row) for row in rows]

    def generate(
        self,
        prompt: str = "",
        *,
        num_samples: int = 1,
        length: int | None = None,
        condition=None,
        seed=None,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        jit_compile: bool | str = "auto",
    ) -> list[str]:
        """Goes on with a prompt.

        Args:
            prompt: str. What the texts begin with.
            num_samples: int. How many texts.
            length: None, or how many characters a text has, the prompt among them;
                as many as an example if None.
            condition: the condition, if the model has one.
            seed: as for `sample`.
            temperature: as for `sample`.
            top_k: as for `sample`.
            top_p: as for `sample`.
            jit_compile: as for `sample`.

        Returns:
            `num_samples` strings.

        Raises:
            ValueError: for unknown characters, or a prompt that is as long as the text
                or longer.

        Example:
        >>> from genkeras.zoo import CharRNN
        >>> model = CharRNN("abc ", 12, units=8, num_layers=1)
        >>> [len(text) for text in model.generate("ab", num_samples=2, seed=0)]
        [12, 12]
        """
        length = self.length if length is None else length
        if not 0 < length <= self.length:
            raise refusal(
                f"{self._class_name} writes texts of 1 to {self.length} characters. "
                f"Received: length={length}."
            )
        symbols = self.encode_text(prompt)
        if len(symbols) >= length:
            raise refusal(
                f"{self._class_name} goes on to {length} characters. Received: a "
                f"prompt of {len(symbols)}. Give a shorter one, or its end."
            )
        x = np.zeros([num_samples, self.length], "int32")
        x[:, : len(symbols)] = symbols
        mask = np.arange(self.length) < len(symbols)
        drawn = self.complete(
            x,
            mask,
            condition=condition,
            seed=seed,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            jit_compile=jit_compile,
        )
        return self.decode_text(drawn[:, :length])

    def text_log_prob(self, text: str, *, batch_size: int = 16) -> tf.Tensor:
        """Returns the log-probability of a whole text, in nats.

        Windows of the model's length overlap by half, and each character is scored
        where it has the more before it: at least half a window, but in the first.

        Args:
            text: str.
            batch_size: int. How many windows are scored at a time.

        Returns:
            `[len(text)]` floats, one for each character.
        """
        symbols = self.encode_text(text)
        half = max(1, self.length // 2)
        starts = list(range(0, max(1, len(symbols) - self.length + half), half))
        windows = np.zeros([len(starts), self.length], "int32")
        for row, start in zip(windows, starts, strict=True):
            part = symbols[start : start + self.length]
            row[: len(part)] = part
        scores = np.concatenate(
            [
                self._compiled_conditionals(windows[i : i + batch_size], None)
                for i in range(0, len(starts), batch_size)
            ]
        )
        first = scores[0, : len(symbols)]
        rest = [row[self.length - half :] for row in scores[1:]]
        return tf.constant(np.concatenate([first, *rest])[: len(symbols)])

    @functools.cached_property
    def _compiled_conditionals(self):
        """Log-probabilities of `[B, T]` symbols one by one, of any length."""

        def log_probs(symbols, condition):
            x = tf.cast(symbols, self.variable_dtype)[..., None]
            return self.head(self._params(x, condition), x)

        return tf.function(log_probs, reduce_retracing=True)

    # === Saving ===
    def get_config(self):
        config = super().get_config()
        for name in ("event_shape", "num_levels"):
            config.pop(name)
        return {**config, "vocabulary": self.vocabulary, "length": self.length}
