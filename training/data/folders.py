"""Folders of images."""

import collections
import contextlib
import hashlib
import os
import pathlib
import warnings

import numpy as np

from .data_set import DataError, DataSet
from .image_sizes import checked_size, fitted, own_size, size_note

IMAGE_ENDINGS = (
    ".png",
    ".jpg",
    ".jpeg",
    ".bmp",
    ".gif",
    ".webp",
    ".tif",
    ".tiff",
)
_LEAST = 10
_ORIENTATION = 0x0112  # the tag of EXIF; from 5 on a picture lies on its side


def read_folder(path: pathlib.Path, image_size=(), fit: str = "crop") -> DataSet:
    """Images of a folder, brought to one size, in three splits.

    What is read: regular files with the ending of an image, in the folder and those
    below it, but for hidden ones. Their format is that of their bytes. An orientation
    that a camera noted is applied, what is transparent is laid on white, 16 bits are
    brought to 8. Where all images are grey they have one channel. If each lies in one
    of several folders, the folders are classes.

    The split of a file goes by a hash of its path in the folder: it does not move when
    others come or go.

    Args:
        path: path.
        image_size: height and width; or the side of a square; or `()` for the size
            that all pictures have, and squares of 32 where they differ or are large.
        fit: str. "crop" keeps the middle of what is of another shape, "pad" all of it.

    Raises:
        DataError: for too few images, or a file that is none.
    """
    size = checked_size(image_size, fit)
    files, left_out = image_files(path)
    if len(files) < _LEAST:
        raise DataError(
            f"A folder of images needs at least {_LEAST} files "
            f"({', '.join(IMAGE_ENDINGS)}). Received: {len(files)} in {str(path)!r}."
        )
    sizes = [_size_of(file) for file in files]
    size = size or own_size(sizes)
    images = [_read_image(file, size, fit) for file in files]
    grey = all(_is_grey(image) for image in images)
    x = np.stack([image[..., :1] if grey else image for image in images])
    splits = _splits([file.relative_to(path).as_posix() for file in files])
    classes, labels = _classes(path, files)
    return DataSet(
        name=path.resolve().name,
        x={split: x[rows] for split, rows in splits.items()},
        labels={split: labels[rows] for split, rows in splits.items()}
        if classes
        else {},
        num_levels=256,
        num_classes=len(classes) or None,
        notes=_notes(files, left_out, classes, size_note(sizes, size, fit)),
    )


def image_files(path):
    """Returns files with an image's ending, and how many others there are by ending."""
    files, left_out = [], collections.Counter()
    for folder, folders, names in os.walk(path):  # follows no links to folders
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = pathlib.Path(folder) / name
            if name.startswith("."):
                continue
            if file.suffix.lower() in IMAGE_ENDINGS and file.is_file():
                files.append(file)
            else:
                left_out[file.suffix.lower() or "no ending"] += 1
    return files, left_out


def _notes(files, left_out, classes, size):
    notes = [f"{len(files)} images read, {size}"]
    if left_out:
        kinds = ", ".join(f"{n} of {kind}" for kind, n in sorted(left_out.items()))
        notes.append(f"left out: {kinds}")
    if classes:
        notes.append(f"classes: {', '.join(classes)}")
    return tuple(notes)


def _splits(names):
    """Rows of each split: a tenth each is held out, by the hash of the name."""
    place = np.array(
        [int(hashlib.sha256(n.encode()).hexdigest()[:12], 16) / 16**12 for n in names]
    )
    rank = np.argsort(np.argsort(place))
    count = len(names)
    # Of few files a tenth may be none: then those with the highest hashes.
    test = (place >= 0.9) if np.any(place >= 0.9) else rank == count - 1
    validation = (place >= 0.8) & ~test
    if not validation.any():
        validation = rank == count - test.sum() - 1
    return {
        "train": np.flatnonzero(~test & ~validation),
        "validation": np.flatnonzero(validation),
        "test": np.flatnonzero(test),
    }


def _classes(path, files):
    """Names of the folders that are classes, and the label of each file."""
    parts = [file.relative_to(path).parts for file in files]
    names = sorted({part[0] for part in parts if len(part) > 1})
    if len(names) < 2 or any(len(part) == 1 for part in parts):
        return [], None
    return names, np.array([names.index(part[0]) for part in parts], "int32")


@contextlib.contextmanager
def _opened(file):
    """A picture as it was held, or an error that names the file."""
    from PIL import Image

    try:
        with warnings.catch_warnings(), Image.open(file) as image:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield image
    except Exception as error:  # a damaged file raises whatever its reader meets
        why = " ".join(str(error).split())
        raise DataError(f"{str(file)!r} cannot be read as an image: {why}.") from None


def _size_of(file):
    """Height and width, of which a camera may have noted that they are exchanged."""
    with _opened(file) as image:
        turned = image.getexif().get(_ORIENTATION, 1) >= 5
        return image.size if turned else image.size[::-1]


def _read_image(file, size, fit):
    """`[H, W, 3]` uint8."""
    from PIL import ImageOps

    with _opened(file) as image:
        image.load()
        return np.asarray(fitted(_as_rgb(ImageOps.exif_transpose(image)), size, fit))


def _as_rgb(image):
    from PIL import Image

    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image, "float64")
        if image.mode != "F" or values.max() > 1.0:  # 16 bits
            values = values / 65535.0 if values.max() > 255.0 else values / 255.0
        image = Image.fromarray(np.round(255.0 * values.clip(0.0, 1.0)).astype("uint8"))
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def _is_grey(image):
    return bool(np.all(image == image[..., :1]))
