"""Files that are whole or not there."""

import contextlib
import errno
import os
import pathlib


@contextlib.contextmanager
def written_aside(path):
    """Gives a path beside `path` to write to, which then takes its place.

    What fails on the way leaves neither a draft nor half a file.

    Args:
        path: path. Its folder is made if need be.

    Raises:
        OSError: that names the file, of a disk that is full.

    Example:
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with written_aside(f"{folder}/new/a.txt") as draft:
    ...         _ = draft.write_text("all of it")
    ...     pathlib.Path(f"{folder}/new/a.txt").read_text()
    'all of it'
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The ending stays: some writers go by it.
    draft = path.with_name(f"unfinished-{path.name}")
    try:
        yield draft
        os.replace(draft, path)
    except OSError as error:
        # Of HDF5 and of Python, which say it in words of their own.
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        if full or "No space left" in str(error):
            raise OSError(
                error.errno, "The disk is full, and this was not written", str(path)
            ) from None
        raise
    finally:
        draft.unlink(missing_ok=True)
