"""Folders of odd pictures: each is read right, or named."""

import os

import numpy as np
import pytest
from odd_pictures import blue, save_turned
from PIL import Image

from genkeras.training.data import DataError, load

SIZE = 8


def _picture(index=0, size=(12, 12)):
    """A colour that says which one it is, red on the left and dark on the right."""
    pixels = np.zeros([size[1], size[0], 3], "uint8")
    pixels[:, : size[0] // 2, 0] = 200
    pixels[..., 1] = 10 * index
    return Image.fromarray(pixels)


def _fill(folder, count=12):
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        _picture(i).save(folder / f"{i}.png")
    return folder


def _loaded(folder):
    data = load(str(folder), image_size=SIZE)
    return data, np.concatenate(list(data.x.values()))


def _one(folder, name, save):
    """What becomes of a picture beside twelve plain ones: that with the most blue."""
    _fill(folder)
    save(folder / name)
    _, x = _loaded(folder)
    assert len(x) == 13
    return x[x[..., 2].max(axis=(1, 2)).argmax()]


@pytest.mark.parametrize("ending", ["png", "bmp", "gif", "webp", "tif", "TIFF", "JPG"])
def test_formats(tmp_path, ending):
    options = {"lossless": True} if ending == "webp" else {}
    got = _one(tmp_path, f"ä b.{ending}", lambda f: blue().save(f, **options))
    assert got[:, 0, 2].min() > 200
    assert got[:, -1, 2].max() < 50


@pytest.mark.parametrize("orientation", range(1, 9))
def test_what_a_camera_noted_is_applied(tmp_path, orientation):
    """The eight ways that a camera may have been held give one picture."""
    got = _one(tmp_path, "phone.png", lambda f: save_turned(f, orientation))
    assert got[:, 0, 2].min() > 200
    assert got[:, -1, 2].max() < 50


MODES = {
    "palette": lambda: blue().convert("P"),
    "cmyk": lambda: blue().convert("CMYK"),
    "rgba": lambda: blue().convert("RGBA"),
}


@pytest.mark.parametrize("mode", MODES)
def test_modes(tmp_path, mode):
    ending = "jpg" if mode == "cmyk" else "png"
    got = _one(tmp_path, f"x.{ending}", lambda f: MODES[mode]().save(f, quality=95))
    assert got[:, 0, 2].min() > 150
    assert got[:, -1, 2].max() < 80


def test_what_is_transparent_lies_on_white(tmp_path):
    clear = Image.new("RGBA", (12, 12), (0, 0, 250, 0))
    got = _one(tmp_path, "clear.png", clear.save)
    np.testing.assert_array_equal(got, 255)


def test_grey_pictures_have_one_channel_and_16_bits_become_8(tmp_path):
    for i in range(12):
        values = np.full([12, 12], 5000 * i, "uint16")
        Image.fromarray(values).save(tmp_path / f"{i}.png")
    data, x = _loaded(tmp_path)
    assert data.event_shape == (SIZE, SIZE, 1)
    wanted = np.round(255.0 * 5000.0 * np.arange(12) / 65535.0)
    np.testing.assert_allclose(np.sort(x[:, 0, 0, 0]), wanted, atol=1)


def test_the_middle_is_kept_and_nothing_is_squashed(tmp_path):
    _fill(tmp_path)
    wide = np.zeros([8, 24, 3], "uint8")
    wide[:, 8:16, 2] = 250  # the middle third
    Image.fromarray(wide).save(tmp_path / "wide.png")
    _, x = _loaded(tmp_path)
    got = x[x[..., 2].max(axis=(1, 2)).argmax()]
    np.testing.assert_array_equal(got[..., 2], 250)


def test_what_is_left_out_is_counted_and_hidden_files_are_none(tmp_path):
    _fill(tmp_path)
    _fill(tmp_path / ".ipynb_checkpoints")
    (tmp_path / "._0.png").write_bytes(b"junk of a file manager")
    (tmp_path / "notes.md").write_text("notes")
    (tmp_path / "a.png.d").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop").symlink_to(tmp_path)
    data, x = _loaded(tmp_path)
    assert len(x) == 12
    assert "12 images read" in data.describe()
    assert "1 of .md" in data.describe()
    assert "1 of .png" in data.describe()  # the pipe


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"no picture"])
def test_what_cannot_be_read_is_named(tmp_path, content):
    _fill(tmp_path)
    (tmp_path / "bad.png").write_bytes(content)
    with pytest.raises(DataError, match=r"bad\.png"):
        load(str(tmp_path))


def test_a_cut_picture_is_named(tmp_path):
    _fill(tmp_path)
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 255, (64, 64, 3)).astype("uint8"))
    noise.save(tmp_path / "cut.jpg")
    whole = (tmp_path / "cut.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"cut\.jpg"):
        load(str(tmp_path))


# === Splits ===
def test_a_file_keeps_its_split_when_others_come(tmp_path):
    _fill(tmp_path, 25)

    def splits():
        data = load(str(tmp_path), image_size=SIZE)
        return {s: {int(v) for v in x[:, 0, 0, 1]} for s, x in data.x.items()}

    before = splits()
    for i in range(30, 40):
        pixels = np.full([12, 12, 3], [0, 255, 9], "uint8")
        Image.fromarray(pixels).save(tmp_path / f"{i}.png")
    after = splits()
    for split, kept in before.items():
        assert kept <= after[split]
    parts = list(before.values())
    assert not parts[0] & parts[2]
    assert all(parts)


def test_folders_are_classes(tmp_path):
    for name, count in (("cats", 8), ("dogs", 9)):
        _fill(tmp_path / name, count)
    data, x = _loaded(tmp_path)
    assert data.num_classes == 2
    labels = np.concatenate(list(data.labels.values()))
    assert np.bincount(labels).tolist() == [8, 9]
    assert "classes: cats, dogs" in data.describe()
    assert len(labels) == len(x)
