"""One picture of a run, and how to get its bytes."""

import os
from pathlib import Path
from typing import NamedTuple

from platewise.errors import ImageError

WHOLE = -1
"""The offset of a picture that is a file of its own."""


class Item(NamedTuple):
    """A picture: its name as people would write it, the file that holds it, and where in a tar it lies.

    ``at`` is when it was last changed, in seconds since 1970; None for a file, which knows it itself.
    """

    name: str
    path: str
    offset: int = WHOLE
    size: int = WHOLE
    at: float | None = None


class Loaded(NamedTuple):
    """The bytes of a picture and when it was last changed, in seconds since 1970."""

    data: bytes
    at: float


def load(item: Item, most: int) -> Loaded:
    """Return a picture's bytes, never more than ``most`` and one; ImageError when they cannot be had."""
    try:
        with Path(item.path).open("rb") as file:
            if item.offset == WHOLE:
                return Loaded(file.read(most + 1), item.at or os.fstat(file.fileno()).st_mtime)
            file.seek(item.offset)
            data = file.read(min(item.size, most + 1))
            if len(data) < min(item.size, most + 1):
                raise ImageError(f"{item.path} is shorter than it was: copy it again")
            return Loaded(data, item.at or 0.0)
    except OSError as error:
        raise ImageError(f"{item.path} cannot be opened: {error.strerror or error}") from error
