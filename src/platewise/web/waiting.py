"""Overload: some requests work, a few wait, and the rest are told at once to come back."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from platewise.web.errors import Refusal

RETRY_AFTER = 2
"""Seconds."""


class WaitingRoom:
    """Lets ``working`` threads in at once and ``waiting`` more stand in line."""

    def __init__(self, working: int, waiting: int = 0) -> None:
        """Open with all places free."""
        self._inside = threading.Semaphore(working)
        self._places = threading.Semaphore(working + waiting)
        self.closing = threading.Event()
        """Set when the server ends: who stays long leaves now."""

    def enter(self) -> None:
        """Take a place, in the line if need be; Refusal 503 when there is none."""
        if not self._places.acquire(blocking=False):
            raise Refusal(503, "busy", "The server is busy; try again in a moment.", RETRY_AFTER)
        self._inside.acquire()

    def leave(self) -> None:
        """Give the place back."""
        self._inside.release()
        self._places.release()

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place for as long as the block runs."""
        self.enter()
        try:
            yield
        finally:
            self.leave()
