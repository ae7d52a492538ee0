"""Files that are there whole or not at all, however the program ends.

Whoever reads a folder of Parquet as one table leaves out what begins with an underscore.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DRAFT = ".draft"


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Lend a path to write to; what is there takes the place of ``path`` at the end, forced to the disk."""
    draft = path.with_name(f"_{path.name}{DRAFT}")
    yield draft
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    draft.replace(path)
    if os.name == "posix":  # the name too must outlive a power cut
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Hold a folder's lock until the block or the process ends; tell whether it was free."""
    with (folder / "_lock").open("w") as file:
        yield _lock(file.fileno())


def _lock(number: int) -> bool:
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows
        return True
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
