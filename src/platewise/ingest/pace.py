"""How frames wait to be read: all of a file in their order, only the newest of a camera. Each is counted."""

import threading
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from platewise.ingest.shots import Shot

DEPTH = 3
"""Frames of a file that wait to be read."""
SLACK = 0.05
"""A frame may come early by this share of a step: cameras are not exact."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Which frames are read: one of ``every``, at most ``fps`` a second; of a folder what is there (once)."""

    every: int = 1
    fps: float | None = None
    once: bool = False


class Taken(NamedTuple):
    """A frame to read, its number in the source, and the frames captured and dropped since the last one.

    ``shot`` is None at the end. Captured frames are those that were taken and those that were dropped.
    """

    shot: Shot | None
    number: int
    captured: int
    dropped: int


class Waiting:
    """Frames between the thread that captures and the one that hands them on."""

    def __init__(self, pace: Pace, newest: bool) -> None:
        """Start empty; ``newest``: a new frame takes the place of one that waits."""
        self._pace, self._newest = pace, newest
        self._change = threading.Condition()
        self._shots: deque[tuple[int, Shot]] = deque()
        self._number = self._captured = self._dropped = 0
        self._due = 0.0
        self._closed = False
        self.problem: str | None = None
        self.total: int | None = None

    def put(self, shot: Shot) -> None:
        """Count a frame, and let it wait if it is one to be read."""
        with self._change:
            number, self._number = self._number, self._number + 1
            self._captured += 1
            if not self._wanted(number, shot):
                self._dropped += 1
                return
            if self._newest and self._shots:
                self._shots.clear()
                self._dropped += 1
            while not self._newest and len(self._shots) >= DEPTH and not self._closed:
                self._change.wait()
            self._shots.append((number, shot))
            self._change.notify_all()

    def end(self, problem: str | None = None) -> None:
        """Note that no more frames come."""
        with self._change:
            self._closed, self.problem = True, problem
            self._change.notify_all()

    def take(self) -> Taken:
        """Return the next frame as soon as there is one."""
        with self._change:
            while not self._shots and not self._closed:
                self._change.wait()
            number, shot = self._shots.popleft() if self._shots else (self._number, None)
            captured, dropped = self._captured - len(self._shots), self._dropped
            self._captured, self._dropped = len(self._shots), 0
            self._change.notify_all()
            return Taken(shot, number, captured, dropped)

    def _wanted(self, number: int, shot: Shot) -> bool:
        if number % self._pace.every:
            return False
        if self._pace.fps is None:
            return True
        step = 1 / self._pace.fps
        if shot.at < self._due - SLACK * step:
            return False
        self._due = max(self._due, shot.at - step) + step if self._due else shot.at + step
        return True
