"""A file to write to whose bytes are taken away as they come."""

from io import RawIOBase
from typing import Any


class Sink(RawIOBase):
    """Takes what a writer of files writes and gives it on in pieces: nothing is kept for longer."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self._parts: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def write(self, data: Any, /) -> int:
        """Take some bytes."""
        part = bytes(data)
        self._parts.append(part)
        self._at += len(part)
        return len(part)

    def tell(self) -> int:
        """Return how many bytes were written in all."""
        return self._at

    def take(self) -> bytes:
        """Return the bytes since the last time."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken
