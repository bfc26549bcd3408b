"""WaveNet on spoken digits, 8 kHz, at 256 mu-law levels.

    genkeras train wave_net_spoken_digit --data-dir DIR --workdir runs/wave_net

van den Oord et al., 2016, sections 2 and 3, https://arxiv.org/abs/1609.03499. Segments
of the clips are scored in bits a sample, beside independent levels and a linear
prediction from 16 samples.
"""

import dataclasses

import keras

from ....zoo.autoregressive import WaveNet
from ...data import load_audio, mu_law_wave, save_wav, steps_per_epoch
from ...evaluation import evaluate_waves
from ...pictures import draw_spectrograms, save_png
from ...schedules import cosine


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that changes the result. Takes any clips of one rate."""

    data: str = "spoken_digit"
    data_dir: str | None = None
    length: int = 2048
    conditional: bool = True
    filters: int = 32
    skip_filters: int = 64
    dilation_rates: tuple[int, ...] = 2 * (1, 2, 4, 8, 16, 32, 64, 128, 256)
    batch_size: int = 8
    epochs: int = 4
    learning_rate: float = 2e-3
    warmup_steps: int = 100
    clip_norm: float = 1.0
    seed: int = 0


SMOKE = Config(
    data="tones",
    length=50,
    filters=4,
    skip_filters=4,
    dilation_rates=(1, 2),
    epochs=1,
)


def load_data(config: Config):
    return load_audio(
        config.data, config.data_dir, length=config.length, seed=config.seed
    )


def make_model(config: Config, data):
    labelled = config.conditional and data.num_classes is not None
    model = WaveNet(
        config.length,
        config.filters,
        config.skip_filters,
        config.dilation_rates,
        num_levels=data.num_levels,
        condition_spec={"num_classes": data.num_classes} if labelled else None,
        sample_rate=data.sample_rate,
        seed=config.seed,
    )
    steps = config.epochs * steps_per_epoch(data, config.batch_size)
    rate = cosine(config.learning_rate, steps, config.warmup_steps)
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=config.clip_norm))
    return model


def evaluate(model, data, config: Config) -> dict[str, float]:
    return evaluate_waves(model, data, config.batch_size)


def report(model, data, config: Config, run) -> dict[str, float]:
    """Writes waves that the model draws, and their spectrograms."""
    levels = model.preview(6, seed=config.seed).numpy()
    waves = mu_law_wave(levels)
    for i, wave in enumerate(waves):
        save_wav(wave, run.samples / f"wave-{i}.wav", data.sample_rate)
    picture = draw_spectrograms(waves, data.sample_rate)
    save_png(picture, run.samples / "spectrograms.png")
    return {}
