"""Forty odd pictures in one folder: each is read right, or named."""

import os
import pathlib

import numpy as np
import pytest
from odd_pictures import TURNS, blue, save_turned
from PIL import Image

from genkeras.training.data import DataError, load


def _grey16(file):
    values = np.zeros([12, 12], "uint16")
    values[:, :6] = 64250
    Image.fromarray(values).save(file)


def _clear(file):
    image = blue().convert("RGBA")
    image.putalpha(255)
    image.save(file)


def _animated(file):
    blue().save(file, save_all=True, append_images=[Image.new("RGB", (12, 12))])


GOOD = {
    **{f"phone-{i}.jpg": (lambda f, i=i: save_turned(f, i, quality=95)) for i in TURNS},
    **{f"scan-{i}.png": (lambda f, i=i: save_turned(f, i, quality=95)) for i in (3, 6)},
    "plain.png": lambda f: blue().save(f),
    "palette.png": lambda f: blue().convert("P").save(f),
    "palette.gif": lambda f: blue().save(f),
    "moving.gif": _animated,
    "moving.png": lambda f: _animated(f),
    "cmyk.jpg": lambda f: blue().convert("CMYK").save(f, quality=95),
    "cmyk.tif": lambda f: blue().convert("CMYK").save(f),
    "alpha.png": _clear,
    "alpha.webp": lambda f: blue().convert("RGBA").save(f, lossless=True),
    "lossy.webp": lambda f: blue().save(f, quality=95),
    "plain.bmp": lambda f: blue().save(f),
    "plain.tif": lambda f: blue().save(f),
    "packed.tiff": lambda f: blue().save(f, compression="tiff_lzw"),
    "slow.jpeg": lambda f: blue().save(f, quality=95, progressive=True),
    "UPPER.PNG": lambda f: blue().save(f, "png"),
    "Mixed.JpG": lambda f: blue().save(f, "jpeg", quality=95),
    "übung 写真.png": lambda f: blue().save(f),
    "two words.png": lambda f: blue().save(f),
    "-rf.png": lambda f: blue().save(f),
    "wrong-ending.jpg": lambda f: blue().save(f, "png"),
    "wrong-ending.gif": lambda f: blue().save(f, "bmp"),
    "large.png": lambda f: blue(600, 600).save(f),
    "wide.png": lambda f: blue(48, 24).save(f),
}
GREY = {
    "16-bits.png": _grey16,
    "16-bits.tif": _grey16,
    "one-bit.png": lambda f: blue().getchannel("B").convert("1").save(f),
    "grey-alpha.png": lambda f: Image.fromarray(
        np.stack([np.tile([250] * 6 + [0] * 6, (12, 1)), np.full([12, 12], 255)], -1)
        .astype("uint8"),
        "LA",
    ).save(f),
}  # fmt: skip
NOT_READ = {
    ".hidden.png": lambda f: blue().save(f),
    "folder.png": lambda f: f.mkdir(),
    "pipe.png": os.mkfifo,
    "device.png": lambda f: f.symlink_to("/dev/zero"),
    "loop.png": lambda f: f.symlink_to(f),
    "gone.png": lambda f: f.symlink_to("nowhere.png"),
    "notes.txt": lambda f: f.write_text("notes"),
}


def _fill(folder: pathlib.Path):
    for name, save in {**GOOD, **GREY, **NOT_READ}.items():
        save(folder / name)


def test_there_are_forty():
    assert len({**GOOD, **GREY}) + len(NOT_READ) >= 40


def test_every_picture_is_read_right_and_the_others_are_counted(tmp_path):
    _fill(tmp_path)
    data = load(str(tmp_path), image_size=6)
    x = np.concatenate(list(data.x.values())).astype(int)
    assert x.shape == (len(GOOD) + len(GREY), 6, 6, 3)
    assert x[:, :, 0, 2].min() > 200  # blue, or light, on the left
    assert x[..., -1, 2].max() < 60 or np.sum(x[..., -1, 2].max(1) >= 60) == 1
    blue = x[:, :, 0, 0].max(axis=1) < 60
    assert blue.sum() == len(GOOD)
    said = data.describe()
    assert f"{len(GOOD) + len(GREY)} images read, 12x12 to 600x600" in said
    assert "left out: 4 of .png, 1 of .txt" in said


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.png", b""),
        ("cut.png", b"\x89PNG\r\n\x1a\n"),
        ("text.jpg", b"no picture"),
        ("page.webp", b"<html></html>"),
    ],
)
def test_what_is_no_picture_is_named(tmp_path, name, content):
    _fill(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=name.replace(".", r"\.")):
        load(str(tmp_path))


# === Sizes ===
def _photos(folder, count=12, size=(64, 48)):
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        blue(*size).save(folder / f"{i}.png")
    return str(folder)


def test_photographs_of_one_size_keep_it(tmp_path):
    data = load(_photos(tmp_path))
    assert data.event_shape == (48, 64, 3)
    assert "all 48x64" in data.describe()


@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_what_is_of_another_shape_is_never_squashed(tmp_path, fit):
    disc = np.zeros([48, 64, 3], "uint8")
    y, x = np.mgrid[:48, :64]
    disc[(y - 23.5) ** 2 + (x - 31.5) ** 2 < 16**2] = 255
    _photos(tmp_path)
    Image.fromarray(disc).save(tmp_path / "disc.png")
    data = load(str(tmp_path), image_size=32, fit=fit)
    images = np.concatenate(list(data.x.values()))
    assert images.shape[1:] == (32, 32, 3)
    found = images[images[..., 0].max(axis=(1, 2)) > 200][0, ..., 0] > 127
    sides = [int(found.any(axis=axis).sum()) for axis in (0, 1)]
    assert abs(sides[0] - sides[1]) <= 1  # a disc stays one
    assert sides[0] == pytest.approx(32 * 32 / (48 if fit == "crop" else 64), abs=1)
    assert "scaled to 32x32" in data.describe()


def test_pictures_of_several_sizes_say_what_becomes_of_them(tmp_path):
    _photos(tmp_path)
    blue(20, 30).save(tmp_path / "tall.png")
    data = load(str(tmp_path))
    assert data.event_shape == (32, 32, 3)
    assert "scaled to 32x32, the middle kept" in data.describe()


@pytest.mark.parametrize("size", [0, (1, 2, 3), (4.5,), (10**6,)])
def test_sizes_that_are_none(tmp_path, size):
    with pytest.raises(DataError, match="image_size is a height and a width"):
        load(_photos(tmp_path), image_size=size)


def test_arrays_of_bytes_are_scaled_and_others_are_refused(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (20, 10, 14, 3)).astype("uint8")
    images[0] = 255
    np.savez(tmp_path / "a.npz", x=images)
    data = load(str(tmp_path / "a.npz"), image_size=(5, 7))
    assert data.event_shape == (5, 7, 3)
    with pytest.raises(DataError, match="image_size is for images of 256 levels"):
        load("digits", image_size=16)


# === Float images, and folders to translate between ===
@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1.0, 1.0)])
def test_images_of_floats_reach_a_gan(tmp_path, low, high):
    from genkeras.training.data import prepare

    x = np.random.default_rng(0).uniform(low, high, (30, 4, 4, 3)).astype("float32")
    np.save(tmp_path / "a.npy", x)
    data = load(str(tmp_path / "a.npy"))
    signed = np.concatenate(list(prepare(data, "signed").x.values()))
    wanted = 2.0 * x - 1.0 if low == 0.0 else x
    np.testing.assert_allclose(np.sort(signed, None), np.sort(wanted, None), atol=1e-6)
    np.save(tmp_path / "b.npy", 100.0 * x)
    with pytest.raises(DataError, match=r"in \[0, 1\] or \[-1, 1\]"):
        prepare(load(str(tmp_path / "b.npy")), "signed")


def test_pairs_have_one_name(tmp_path):
    from genkeras.training import recipes

    recipe = recipes.load("pix2pix_digits_edges")
    data, sources = _photos(tmp_path / "a"), _photos(tmp_path / "b", size=(32, 24))
    config = recipe.Config(data=data, sources=sources)
    pairs = recipe.load_data(config)
    assert pairs.event_shape == (48, 64, 3)
    assert pairs.sources["train"].shape == pairs.x["train"].shape
    (tmp_path / "b" / "3.png").unlink()
    with pytest.raises(DataError, match=r"1 without a partner, '3\.png'"):
        recipe.load_data(config)
    # Without pairs the longer folder is cut, and that is said.
    recipe = recipes.load("cycle_gan_digits_edges")
    both = recipe.load_data(recipe.Config(data=data, sources=sources))
    assert {s: len(x) for s, x in both.x.items()} == {
        s: len(x) for s, x in both.sources.items()
    }
    assert "translated from" in both.describe()
