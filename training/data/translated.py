"""A second folder of images, as what to translate from."""

import dataclasses
import pathlib

from .data_set import DataError, DataSet
from .folders import image_files


def with_sources(data: DataSet, sources: DataSet, *, paired: bool) -> DataSet:
    """Gives a data set of images those of another as its sources.

    Args:
        data: what is translated to, `[N, H, W, C]`.
        sources: what is translated from, prepared in the same way.
        paired: bool. Whether the sources belong to the examples, row by row. If not,
            the longer of the two is cut to the other's length, split by split.

    Raises:
        DataError: for splits that do not fit.

    Example:
    >>> one, other = (DataSet(n, {"train": np.zeros([k, 2, 2, 1])}) for n, k in
    ...     (("a", 5), ("b", 3)))
    >>> with_sources(one, other, paired=False).x["train"].shape
    (3, 2, 2, 1)
    """
    sizes = {s: (len(x), len(sources.x[s])) for s, x in data.x.items()}
    if paired and any(one != other for one, other in sizes.values()):
        raise DataError(
            f"Pairs are as many images as sources. Received by split: {sizes}."
        )
    kept = {split: min(pair) for split, pair in sizes.items()}
    notes = (*data.notes, f"translated from {sources.describe()}")
    if any(one != other for one, other in sizes.values()):
        cut = ", ".join(f"{count} {split}" for split, count in kept.items())
        notes += (f"cut to equal numbers: {cut}",)

    def cut_to(parts):
        return {split: array[: kept[split]] for split, array in parts.items()}

    return dataclasses.replace(
        data,
        x=cut_to(data.x),
        labels=cut_to(data.labels),
        sources=cut_to(sources.x),
        paired=paired,
        notes=notes,
    )


def check_pairs(folder: str, other: str) -> None:
    """Checks that two folders hold images of the same names: the pairs.

    Raises:
        DataError: naming one that has no partner.
    """
    names = []
    for path in map(pathlib.Path, (folder, other)):
        if not path.is_dir():
            raise DataError(f"Pairs are in two folders. Received: {str(path)!r}.")
        files, _ = image_files(path)
        names.append({file.relative_to(path).as_posix() for file in files})
    alone = sorted(names[0] ^ names[1])
    if alone:
        raise DataError(
            f"Pairs have one name in {folder!r} and {other!r}. Received: {len(alone)} "
            f"without a partner, {alone[0]!r} among them."
        )
