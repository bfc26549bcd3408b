"""What codecs of images without loss reach: the bar for exact models of levels."""

import io

import numpy as np
from PIL import Image

# As small as the encoders make them, however long it takes.
_OPTIONS = {
    "png": {"format": "PNG", "optimize": True},
    "webp": {"format": "WEBP", "lossless": True, "quality": 100, "method": 6},
}
_TALLEST = 16_000  # rows of a WebP file have a limit


def codec_bits_per_dim(images, codec: str) -> float:
    """Returns how many bits a codec spends on each number of images.

    Whole files are counted, headers too. Images are written one to a file, and one
    below the other in files of up to 16,000 rows; the smaller total counts.

    Args:
        images: `[N, H, W, C]` array of 8-bit levels, `C` 1 or 3.
        codec: "png" or "webp", without loss and at their best compression.

    Returns:
        Bits per dimension, to be compared with those of a model of the same images.

    Raises:
        ValueError: for images that are not 8-bit, or another codec.

    Example:
    >>> codec_bits_per_dim(np.zeros([100, 32, 32, 3], "uint8"), "png") < 0.1
    True

    Reference:
        Portable Network Graphics, 2003, ISO/IEC 15948; WebP lossless, 2023, RFC 9649.
    """
    images = np.asarray(images)
    if codec not in _OPTIONS:
        raise ValueError(f"Codecs are {', '.join(_OPTIONS)}. Received: {codec!r}.")
    levels = images.astype(np.uint8)
    fits = images.ndim == 4 and images.shape[-1] in (1, 3) and len(images)
    if not fits or not np.array_equal(levels, images):
        raise ValueError(
            "Codecs take images [N, H, W, 1 or 3] of whole levels 0..255. Received: "
            f"{images.dtype} of shape {images.shape}."
        )
    height = levels.shape[1]
    together = max(1, _TALLEST // height)
    files = min(_total(levels, 1, codec), _total(levels, together, codec))
    return 8.0 * files / levels.size


def _total(levels, together, codec):
    """Bytes of files that hold so many images each."""
    parts = np.split(levels, range(together, len(levels), together))
    return sum(_file_size(part.reshape(-1, *levels.shape[2:]), codec) for part in parts)


def _file_size(image, codec):
    file = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(
        file, **_OPTIONS[codec]
    )
    return file.tell()
