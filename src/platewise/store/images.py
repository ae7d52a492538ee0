"""Evidence pictures as files, named by the SHA-256 of their bytes: ``<folder>/ab/abcd....jpg``, mode 0600.

A name is never a user's, the same bytes are kept once, and a file is there whole or not at all: it is written
under a temporary name, forced to the disk, and renamed.
"""

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from platewise.errors import InputError, StoreError, StoreFull

FRESH = timedelta(minutes=1)
"""A picture saved so recently may be about to be named by a record: it is not removed for its age."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_START_OF_SCAN, _COMMENT = 0xDA, 0xFE
_METADATA = (*range(0xE1, 0xF0), _COMMENT)


def key_of(jpeg: bytes) -> str:
    """Return the key of a picture; ``InputError`` when it is no JPEG, or one with metadata in it."""
    if any(marker in _METADATA for marker in _markers(jpeg)):
        raise InputError("an evidence picture must be stored without its metadata")
    return hashlib.sha256(jpeg).hexdigest()


def is_key(name: str) -> bool:
    """Tell whether a name can be that of a picture."""
    return bool(re.fullmatch(r"[0-9a-f]{64}", name))


def _markers(jpeg: bytes) -> Iterator[int]:
    """Yield the markers before the picture's data begins."""
    if jpeg[:3] != b"\xff\xd8\xff":
        raise InputError("an evidence picture must be a JPEG")
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != _START_OF_SCAN:
        yield jpeg[at + 1]
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")


class ImageFolder:
    """A folder of pictures by key. It knows nothing of the database."""

    def __init__(self, root: Path) -> None:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.root = root

    def put(self, key: str, jpeg: bytes) -> None:
        """Keep the bytes, or make the picture that is there fresh.

        ``StoreFull`` when there is no space, ``StoreError`` when the folder, as of a share, is away.
        """
        path = self._path(key)
        try:
            if path.exists():
                os.utime(path)
            else:
                path.parent.mkdir(mode=0o700, exist_ok=True)
                _write(path, jpeg)
        except OSError as error:
            if error.errno in _FULL:
                raise StoreFull("there is no space left for pictures") from error
            raise StoreError(f"pictures cannot be kept: {error.strerror}") from error

    def get(self, key: str) -> bytes | None:
        """Return the bytes of a picture; None when there is none."""
        try:
            return self._path(key).read_bytes() if is_key(key) else None
        except FileNotFoundError:
            return None

    def remove(self, key: str) -> bool:
        """Remove a picture; tell whether it was there."""
        try:
            self._path(key).unlink()
        except FileNotFoundError:
            return False
        return True

    def is_fresh(self, key: str, at: datetime) -> bool:
        """Tell whether a picture was saved within the last minute."""
        return self._path(key).exists() and _is_fresh(self._path(key), at)

    def stale(self, at: datetime) -> Iterator[str]:
        """Yield the keys of all pictures that are not fresh; remove what a broken write left behind."""
        for path in self.root.glob("*/*"):
            if _is_fresh(path, at):
                continue
            if path.name.startswith("."):
                path.unlink(missing_ok=True)
            elif is_key(path.stem):
                yield path.stem

    def _path(self, key: str) -> Path:
        return self.root / key[:2] / f"{key}.jpg"


def _is_fresh(path: Path, at: datetime) -> bool:
    """Tell whether a file was written within the last minute, or is gone: another sweep, a draft's end."""
    try:
        return at - datetime.fromtimestamp(path.stat().st_mtime, UTC) < FRESH
    except FileNotFoundError:
        return True


def _write(path: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Force the new name to the disk; Windows, where folders cannot be opened, does so itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
