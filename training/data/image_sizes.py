"""Images brought to one size, never squashed."""

import collections

import numpy as np

from .data_set import DataError

FITS = ("crop", "pad")
# The side of squares that pictures of several sizes, or large ones, are brought to.
DEFAULT_SIDE = 32
_LARGEST_OWN = 128
_LARGEST = 4096


def checked_size(image_size, fit: str) -> tuple[int, int] | None:
    """Returns height and width, or None where none is asked for.

    Args:
        image_size: int, the side of a square; or none, one or two of them.
        fit: str. "crop" or "pad".

    Raises:
        DataError: for others.

    Example:
    >>> checked_size(32, "crop"), checked_size((48, 64), "pad"), checked_size((), "pad")
    ((32, 32), (48, 64), None)
    """
    sides = (image_size,) if isinstance(image_size, int) else tuple(image_size)
    whole = all(isinstance(n, int) and 1 <= n <= _LARGEST for n in sides)
    if len(sides) > 2 or not whole:
        raise DataError(
            "image_size is a height and a width, or one side of a square, from 1 to "
            f"{_LARGEST}. Received: image_size={image_size!r}."
        )
    if fit not in FITS:
        raise DataError(f"fit is crop or pad. Received: fit={fit!r}.")
    if not sides:
        return None
    return (sides[0], sides[-1])


def own_size(sizes) -> tuple[int, int]:
    """Returns the size that all pictures have, or that of the default square.

    Args:
        sizes: list of heights and widths.

    Example:
    >>> own_size([(48, 64), (48, 64)]), own_size([(48, 64), (64, 48)])
    ((48, 64), (32, 32))
    """
    common = set(sizes)
    if len(common) == 1 and max(sizes[0]) <= _LARGEST_OWN:
        return sizes[0]
    return (DEFAULT_SIDE, DEFAULT_SIDE)


def fitted(image, size: tuple[int, int], fit: str):
    """Scales a Pillow image, and crops or pads it; its sides keep their ratio."""
    from PIL import Image, ImageOps

    height, width = size
    if image.size == (width, height):
        return image
    # An average over what a pixel covers, and no steps where a picture grows.
    grows = image.width <= width and image.height <= height
    how = Image.Resampling.BICUBIC if grows else Image.Resampling.BOX
    if fit == "pad":
        return ImageOps.pad(image, (width, height), how, color="black")
    return ImageOps.fit(image, (width, height), how)


def resized(x: np.ndarray, size: tuple[int, int], fit: str, name: str) -> np.ndarray:
    """Brings `[N, H, W, C]` bytes to another size.

    Raises:
        DataError: for what are no images of bytes.

    Example:
    >>> resized(np.zeros([2, 28, 28, 1], "uint8"), (32, 32), "pad", "x").shape
    (2, 32, 32, 1)
    """
    from PIL import Image

    if x.shape[1:3] == tuple(size):
        return x
    if x.dtype != np.uint8 or x.ndim != 4 or x.shape[-1] not in (1, 3):
        raise DataError(
            "image_size is for images of bytes, [N, H, W, 1 or 3]. Received: "
            f"{x.dtype} of shape {x.shape} in {name}."
        )
    grey = x.shape[-1] == 1
    images = (Image.fromarray(image[..., 0] if grey else image) for image in x)
    scaled = np.stack([np.asarray(fitted(image, size, fit)) for image in images])
    return scaled[..., None] if grey else scaled


def size_note(sizes, size: tuple[int, int], fit: str) -> str:
    """Says which sizes were read, and what became of them."""
    counts = collections.Counter(sizes)
    if set(counts) == {tuple(size)}:
        return f"all {_text(size)}"
    largest, smallest = max(counts), min(counts)
    read = _text(smallest)
    if len(counts) > 1:
        read += f" to {_text(largest)}"
    how = "the middle kept" if fit == "crop" else "padded with black"
    return f"{read} scaled to {_text(size)}, {how} (image_size and fit change that)"


def _text(size):
    return (
        f"{size[0]}x{size[1]} (height x width)"
        if size[0] != size[1]
        else (f"{size[0]}x{size[1]}")
    )
