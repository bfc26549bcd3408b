"""Pictures that are blue on the left, black on the right, and as a camera turns them.

Used by the tests of folders.
"""

import numpy as np
from PIL import Image

# What undoes each of the eight ways that a camera may have been held.
TURNS = {
    1: [],
    2: [Image.Transpose.FLIP_LEFT_RIGHT],
    3: [Image.Transpose.ROTATE_180],
    4: [Image.Transpose.FLIP_TOP_BOTTOM],
    5: [Image.Transpose.TRANSPOSE],
    6: [Image.Transpose.ROTATE_90],
    7: [Image.Transpose.TRANSVERSE],
    8: [Image.Transpose.ROTATE_270],
}


def blue(width=12, height=12):
    """A picture, by default of 12 pixels square."""
    pixels = np.zeros([height, width, 3], "uint8")
    pixels[:, : width // 2, 2] = 250
    return Image.fromarray(pixels)


def save_turned(file, orientation, **options):
    """Saves one that lies turned, with the note of how the camera was held."""
    image = blue()
    for step in TURNS[orientation]:
        image = image.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(file, exif=exif, **options)
