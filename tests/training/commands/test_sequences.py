"""Texts and sounds on the command line."""

import click.testing
import pytest
from scipy.io import wavfile

from genkeras.training import recipes
from genkeras.training.commands import main


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for name in ("char_rnn_shakespeare", "wave_net_spoken_digit"):
        recipe = recipes.load(name)
        recipe.train(recipe.SMOKE, folder / name, verbose=0)
    return folder


def run(*arguments):
    done = click.testing.CliRunner().invoke(main, [str(a) for a in arguments])
    return done.exit_code, done.output


def test_a_prompt_is_gone_on_with(runs, tmp_path):
    folder = runs / "char_rnn_shakespeare"
    code, output = run("sample", folder, "--prompt", "one ", "--num", 2)
    assert code == 0
    assert output.count("one ") >= 2
    file = tmp_path / "new" / "texts.txt"
    code, output = run("sample", folder, "--prompt", "one ", "--out", file)
    assert code == 0
    assert file.read_text().startswith("one ")


def test_a_prompt_with_unknown_characters_is_one_line(runs):
    code, output = run("sample", runs / "char_rnn_shakespeare", "--prompt", "ROMEO")
    assert code != 0
    assert "'R'" in output
    assert "Traceback" not in output


def test_sound_is_written(runs, tmp_path):
    file = tmp_path / "voice.wav"
    code, _ = run("sample", runs / "wave_net_spoken_digit", "--out", file, "--num", 2)
    assert code == 0
    rate, wave = wavfile.read(file)
    assert (rate, len(wave)) == (8000, 100)


def test_what_a_model_cannot_be_asked_for_is_one_line(runs, tmp_path):
    text, sound = runs / "char_rnn_shakespeare", runs / "wave_net_spoken_digit"
    for arguments, says in (
        ((sound, "--prompt", "a"), "--prompt"),
        ((text, "--out", tmp_path / "a.wav"), "CharRNN"),
        ((sound, "--out", tmp_path / "a.png"), "no picture"),
        ((sound, "--out", tmp_path / "a.mp3"), "a.mp3"),
    ):
        code, output = run("sample", *arguments)
        assert code != 0
        assert says in output
        assert "Traceback" not in output
