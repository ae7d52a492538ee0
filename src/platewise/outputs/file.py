"""Events as lines of a file, CSV or JSON: each once, however often it is delivered.

A line is whole and on the disk when ``deliver`` returns. Whoever was killed in between delivers again, and
finds the event's id among the last lines, in a file that was rotated meanwhile too.
"""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import Field

from platewise.core import cells
from platewise.errors import InputError, OutputError
from platewise.outputs import messages
from platewise.outputs.options import Checked, read
from platewise.outputs.protocol import Options
from platewise.store.records import EventRecord

COLUMNS = ("id", "kind", "at", "plate", "display", "lot", "gate", "camera", "direction", "confidence", "list")
TAIL = 2**20
"""Bytes at the end of a file in which an event is looked for: what came in the last minutes."""


class FileOptions(Checked):
    """The file's name; ``.csv`` or ``.jsonl`` says its form. It lies in the folder ``events`` of the data."""

    file: str = Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,100}\.(csv|jsonl)$", examples=["events.csv"])


class File:
    """Appends each event to a file."""

    def __init__(self, name: str, options: Options, folder: Path | None) -> None:
        self.name, file = name, read(FileOptions, options).file
        if folder is None or os.name == "nt":
            raise InputError("this program keeps no files of events: platewise serve does")
        self._path, self._turn = folder / file, threading.Lock()
        self._line = _csv if file.endswith(".csv") else _json

    def deliver(self, event: EventRecord) -> None:
        """Append the event's line unless it is there, and force it to the disk."""
        try:
            with self._turn, _open(self._path) as handle:
                self._append(handle, event)
        except OSError as error:
            raise OutputError(f"{self._path.name} cannot be written: {error.strerror}", "wait") from error

    def close(self) -> None:
        """Do nothing: the file is opened anew each time, so that it may be moved away."""

    def _append(self, handle: int, event: EventRecord) -> None:
        told = {"id": messages.id_of(event), **messages.told(event), "kind": event.kind}
        tail, size = _tail(handle)
        torn = len(tail) - (tail.rfind(b"\n") + 1)  # by a kill or a full disk: that line is written again
        os.ftruncate(handle, size - torn)
        if any(_holds(text, told["id"]) for text in (tail[: len(tail) - torn], _rotated(self._path))):
            return
        head = cells.line(COLUMNS) if self._line is _csv and size == torn else ""
        _write(handle, (head + self._line(told)).encode())


def _csv(told: Mapping[str, Any]) -> str:
    return cells.line(told.get(name) for name in COLUMNS)


def _json(told: Mapping[str, Any]) -> str:
    return messages.as_json(told).decode() + "\n"


@contextmanager
def _open(path: Path) -> Iterator[int]:
    """Open a file to append to, alone among all processes; a new one can be read by its owner alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            _lock(handle)
            if path.exists() and os.path.samestat(os.fstat(handle), path.stat()):
                yield handle
                return
        finally:
            os.close(handle)  # the lock goes with it; a file that was moved away meanwhile is opened anew


def _lock(handle: int) -> None:
    import fcntl

    fcntl.flock(handle, fcntl.LOCK_EX)


def _write(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]
    os.fsync(handle)


def _tail(handle: int) -> tuple[bytes, int]:
    """Return the last bytes of a file, and how many it has."""
    size = os.fstat(handle).st_size
    return os.pread(handle, min(size, TAIL), max(size - TAIL, 0)), size


def _rotated(path: Path) -> bytes:
    """Return the last bytes of the file that was moved away last, such as ``events.csv.1``."""
    others = [one for one in path.parent.glob(f"{path.name}?*") if one.is_file()]
    newest = max(others, key=lambda one: one.stat().st_mtime, default=None)
    if newest is None:
        return b""
    with newest.open("rb") as file:
        return _tail(file.fileno())[0]


def _holds(text: bytes, name: str) -> bool:
    """Tell whether a line of an event is among others: it begins with its id in either form."""
    marks = (f"\n{name},", f'\n{{"id":"{name}",')
    return any(mark.encode() in b"\n" + text for mark in marks)
