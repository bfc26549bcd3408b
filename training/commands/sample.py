"""Samples of a trained model."""

import pathlib

import click

from .command import Command


@click.command(cls=Command)
@click.argument("run", type=click.Path())
@click.option("--num", default=None, type=click.IntRange(min=1),
              help="How many: 64, or 1 text or wave, if it is not said.")  # fmt: skip
@click.option("--out", default=None, type=click.Path(),
              help="A .png picture, .npy for the numbers, .wav for sound, .txt for "
              "texts, which are printed if no file is given.")  # fmt: skip
@click.option("--prompt", default=None, help="What texts begin with.")
@click.option("--seed", default=0, show_default=True, type=int)
def sample(run, num, out, prompt, seed):
    """Draws samples of the model in the folder RUN, or of one that ships, by name."""
    import numpy as np

    from ..files import written_aside
    from ..run_folder import RunFolder

    if out is not None and pathlib.Path(out).suffix not in _ENDINGS:
        raise ValueError(f"--out ends in {', '.join(_ENDINGS)}. Received: {out!r}.")
    folder = RunFolder.open(run)
    model = folder.load_model()
    if prompt is not None and not hasattr(model, "generate"):
        raise ValueError(
            f"A prompt is for models of text. Received: --prompt, and a model of "
            f"{type(model).__name__}."
        )
    if hasattr(model, "generate") and (out is None or out.endswith(".txt")):
        texts = model.generate(prompt or "", num_samples=num or 1, seed=seed)
        _write_texts(texts, out)
        return
    out = pathlib.Path(out or "samples.png")
    num = num or (1 if out.suffix == ".wav" else 64)
    if out.suffix == ".npy":
        drawn = model.sample(num, condition=model.class_by_class(num), seed=seed)
        with written_aside(out) as draft:
            np.save(draft, drawn)
    elif out.suffix == ".wav":
        _write_waves(model, num, out, seed)
    else:
        _write_picture(model, folder, num, out, seed)
    click.echo(f"{num} samples: {out}{_what_they_are(model, out)}")


_ENDINGS = (".png", ".npy", ".wav", ".txt")


def _what_they_are(model, out):
    """Says whether noise was drawn for each number, or its mean shown."""
    from ...zoo.latent import LatentVariableModel

    if not isinstance(model, LatentVariableModel):
        return ""
    if out.suffix == ".png":
        return " (the mean of each pixel, given its latents)"
    return " (drawn number by number; a picture shows the means)"


def _write_texts(texts, out):
    if out is None:
        click.echo("\n---\n".join(texts))
        return
    from ..files import written_aside

    with written_aside(out) as draft:
        draft.write_text("\n---\n".join(texts), encoding="utf-8")
    click.echo(f"{len(texts)} texts: {out}")


def _write_waves(model, num, out, seed):
    """One file, in which the waves follow each other."""
    import numpy as np

    from ..data import mu_law_wave, save_wav

    rate = getattr(model, "sample_rate", None)
    if rate is None:
        raise ValueError(
            f"A .wav is for models of sound. Received: a {type(model).__name__}."
        )
    waves = mu_law_wave(model.preview(num, seed=seed).numpy())
    save_wav(np.concatenate(list(waves)), out, rate)


def _write_picture(model, folder, num, out, seed):
    from ..pictures import draw, save_png

    if folder.picture is None:
        raise ValueError("This data has no picture. Pass --out with another ending.")
    save_png(draw(model.preview(num, seed=seed), folder.picture), out)
