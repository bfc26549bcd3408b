"""A transformer on the works of Shakespeare.

    genkeras train char_transformer_shakespeare --data-dir DIR --workdir runs/text

Four blocks of width 128, as nanoGPT's setting for a CPU.
The first nine tenths of the text are trained on; the rest is scored whole.
"""

import dataclasses

import keras

from ....zoo.autoregressive import CharTransformer
from ...data import load_text, steps_per_epoch
from ...evaluation import evaluate_text
from ...schedules import cosine


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes any text."""

    data: str = "tiny_shakespeare"
    data_dir: str | None = None
    length: int = 64
    stride: int = 4
    num_blocks: int = 4
    num_heads: int = 4
    units: int = 128
    dropout: float = 0.0
    batch_size: int = 12
    epochs: int = 1
    learning_rate: float = 1e-3
    warmup_steps: int = 100
    clip_norm: float = 1.0
    jit_compile: bool = True
    seed: int = 0


SMOKE = Config(
    data="counting",
    length=16,
    stride=16,
    num_blocks=1,
    num_heads=2,
    units=8,
    dropout=0.1,
    epochs=1,
    jit_compile=False,
)


def load_data(config: Config):
    return load_text(
        config.data, config.data_dir, length=config.length, stride=config.stride
    )


def make_model(config: Config, data):
    model = CharTransformer(
        data.vocabulary,
        config.length,
        num_blocks=config.num_blocks,
        num_heads=config.num_heads,
        units=config.units,
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
