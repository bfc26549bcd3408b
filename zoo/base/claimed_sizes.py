"""What a file claims of a model's sizes, before anything of that size is built."""

import itertools
import json
import math
import pathlib
import zipfile

from .refusal import refusal

# Sizes up to which a claim costs nothing, whatever the file holds.
_HARMLESS = 2**22
# What is no size: any number will do.
_NO_SIZES = ("seed", "compile_config", "shared_object_id")
# Of one example, and not of weights: a gigabyte of floats.
_LARGEST_SHAPE = 2**28
# Longer lists are values, such as a permutation.
_LONGEST = 16


def check_claimed_sizes(file: pathlib.Path) -> None:
    """Refuses a `.keras` file whose config claims more than its weights can be.

    A layer of `n` units has `n` weights or more, and layers of `m` and `n` in a row
    have `m * n`: no number, and no product of neighbours in a list, is above the number
    of weights that the file holds. What is small costs nothing, and passes.

    Args:
        file: path of a `.keras` file; of anything else its reader will say so.

    Raises:
        ValueError: naming the option and the size that it claims.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            config = json.loads(archive.read("config.json"))
            stored = archive.getinfo("model.weights.h5").file_size
    except (OSError, ValueError, KeyError, RecursionError, zipfile.BadZipFile):
        return
    # Of two bytes at least.
    most = max(_HARMLESS, stored // 2)
    for name, size in _sizes("", config):
        if size > (_LARGEST_SHAPE if "shape" in name else most):
            raise refusal(
                f"{str(file)!r} is not loaded: it claims more than its "
                f"{stored} bytes of weights can be. Received: {name} of size {size}."
            )


def _sizes(name, value):
    """Yields the option and the size of each number and each list of numbers."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key not in _NO_SIZES:
                yield from _sizes(key, part)
    elif isinstance(value, list):
        whole = [part for part in value if _is_whole(part)]
        if "shape" in name and len(whole) == len(value):
            yield name, math.prod(whole)
        elif len(whole) == len(value) <= _LONGEST:
            yield from ((name, math.prod(pair)) for pair in itertools.pairwise(whole))
        for part in value:
            yield from _sizes(name, part)
    elif _is_whole(value):
        yield name, value


def _is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)
