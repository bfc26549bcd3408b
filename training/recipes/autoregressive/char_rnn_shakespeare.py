"""An LSTM on the works of Shakespeare.

    genkeras train char_rnn_shakespeare --data-dir DIR --workdir runs/char_rnn

Two layers of 128, as the defaults of Karpathy's char-rnn, 2015.
The first nine tenths of the text are trained on; the rest is scored whole.
"""

import dataclasses

import keras

from ....zoo.autoregressive import CharRNN
from ...data import load_text, steps_per_epoch
from ...evaluation import evaluate_text
from ...schedules import cosine


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes any text."""

    data: str = "tiny_shakespeare"
    data_dir: str | None = None
    length: int = 128
    stride: int = 8
    units: int = 128
    num_layers: int = 2
    kind: str = "lstm"
    dropout: float = 0.0
    batch_size: int = 64
    epochs: int = 3
    learning_rate: float = 4e-3
    warmup_steps: int = 100
    clip_norm: float = 1.0
    jit_compile: bool = False
    seed: int = 0


SMOKE = Config(
    data="counting",
    length=16,
    stride=16,
    units=8,
    num_layers=1,
    kind="gru",
    dropout=0.1,
    epochs=1,
    jit_compile=False,
)


def load_data(config: Config):
    return load_text(
        config.data, config.data_dir, length=config.length, stride=config.stride
    )


def make_model(config: Config, data):
    model = CharRNN(
        data.vocabulary,
        config.length,
        units=config.units,
        num_layers=config.num_layers,
        kind=config.kind,
        dropout=config.dropout,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    rate = cosine(config.learning_rate, steps, config.warmup_steps)
    model.compile(
        keras.optimizers.Adam(rate, global_clipnorm=config.clip_norm),
        jit_compile=config.jit_compile,
    )
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_text(model, data)


def report(model, data, config: Config, run) -> dict[str, float]:
    """Writes a few texts that the model makes."""
    texts = model.generate(num_samples=4, seed=config.seed, temperature=0.8)
    run.samples.mkdir(parents=True, exist_ok=True)
    (run.samples / "texts.txt").write_text("\n---\n".join(texts), encoding="utf-8")
    return {}
