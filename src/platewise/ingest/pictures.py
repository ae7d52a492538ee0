"""Pictures as a source: one file, or a folder that cameras put their pictures into."""

import hashlib
import os
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from platewise.core.frame import Pixels
from platewise.core.suffixes import PICTURES
from platewise.errors import ImageError
from platewise.ingest.addresses import Address, Kind
from platewise.ingest.shots import TICK, Shot
from platewise.vision import environment
from platewise.vision.decode import decode

LOOK = 0.5
"""Seconds between two looks into a folder; a file is whole when two looks find it alike."""


class State(NamedTuple):
    """What a look tells of a file: its time, ns, and size."""

    time: int
    size: int


class PictureSource:
    """One picture, dated by its file."""

    def __init__(self, address: Address) -> None:
        """Take the file."""
        self._path = Path(address.target)
        self.total: int | None = 1

    def shots(self) -> Iterator[Shot]:
        """Yield the picture."""
        yield Shot(self._path.stat().st_mtime, partial(_decoded, self._path, b""))

    def close(self) -> None:
        """Nothing is open."""


class FolderSource:
    """The pictures of a folder in the order of their times, then new ones as they come."""

    def __init__(self, address: Address, once: bool) -> None:
        """Take the folder; ``once`` ends after what is there now."""
        self._folder, self._once = Path(address.target), once
        self._done = threading.Event()
        self.total: int | None = len(_files(self._folder)) if once else None

    def shots(self) -> Iterator[Shot]:
        """Yield each picture once; of two with one time, the later by name counts as a moment later.

        A file that was written anew is a new picture, one that was only touched is not.
        """
        before = at = 0.0
        for path, time, data in self._files():
            at = at + TICK if before <= time <= at else time
            before = time
            yield Shot(at, partial(_decoded, path, data))

    def close(self) -> None:
        """Stop looking."""
        self._done.set()

    def _files(self) -> Iterator[tuple[Path, float, bytes]]:
        """Yield the files with their times, seconds, and bytes, each when it is whole.

        One that is overwritten while those before it are read waits for the next look: it has another time.
        """
        known: dict[Path, State] = {}
        told: dict[Path, bytes] = {}
        before: dict[Path, State] = {}
        while True:
            now = _files(self._folder)
            changed = [path for path in now if known.get(path) != now[path]]
            whole = [path for path in changed if self._once or before.get(path) == now[path]]
            for path in sorted(whole, key=lambda p: (now[p].time, p.name)):
                state, data = _read(path)
                if state not in (None, now[path]) and not self._once:
                    continue
                known[path], shows = now[path], hashlib.sha256(data).digest()
                if told.get(path) != shows:
                    told[path] = shows
                    yield path, (state or now[path]).time / 1e9, data
            if self._once or self._done.wait(LOOK):
                return
            known = {path: state for path, state in known.items() if path in now}
            told = {path: shows for path, shows in told.items() if path in now}
            before = now


def open_pictures(address: Address, once: bool) -> PictureSource | FolderSource:
    """Return the source of a picture or a folder."""
    return PictureSource(address) if address.kind is Kind.PICTURE else FolderSource(address, once)


def _files(folder: Path) -> dict[Path, State]:
    """Return the pictures in a folder."""
    found = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if Path(entry.name).suffix.lower() in PICTURES and not entry.name.startswith("."):
                try:
                    state = entry.stat()
                except FileNotFoundError:  # gone since the folder was listed
                    continue
                found[Path(entry.path)] = State(state.st_mtime_ns, state.st_size)
    return found


def _read(path: Path) -> tuple[State | None, bytes]:
    """Return a file's bytes and what it is while they are read; nothing of one that cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(environment.settings().max_bytes + 1)
            state = os.fstat(file.fileno())
            return State(state.st_mtime_ns, state.st_size), data
    except OSError:
        return None, b""


def _decoded(path: Path, data: bytes) -> Pixels:
    try:
        return decode(data or path, environment.settings()).pixels  # why there are none, its path tells
    except ImageError as error:
        raise ImageError(f"{path}: {error}" if data else str(error)) from error
