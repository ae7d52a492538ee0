"""The parent's end of a capturing process: asks for frames, counts, and kills it when it is silent."""

import contextlib
import json
import queue
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np

from platewise.core.frame import Frame, Pixels
from platewise.ingest import child
from platewise.ingest.addresses import Address
from platewise.ingest.pace import Pace

LONGEST = 4096
"""Bytes of the line before a frame."""


@dataclass
class Counters:
    """What became of the frames: ``captured`` is always ``read`` + ``dropped``.

    ``still`` of those read showed nothing new and were not looked at closely. ``total`` is how many frames
    a file has, where that is known.
    """

    captured: int = 0
    read: int = 0
    dropped: int = 0
    still: int = 0
    reads: int = 0
    sightings: int = 0
    total: int | None = None


class Ended(NamedTuple):
    """There are no more frames; ``problem`` says why, None at the end of a file."""

    problem: str | None


class Bad(NamedTuple):
    """One picture could not be decoded; more may come."""

    problem: str


class Answer(NamedTuple):
    """What the process sent: a line, and pixels ``(H, W, 3) uint8 RGB`` if it told of a frame."""

    head: dict[str, Any]
    pixels: Pixels | None


class Capture:
    """One capturing process, from its start to its end."""

    def __init__(self, name: str, address: Address, pace: Pace, command: Sequence[str]) -> None:
        """Start the process; frames carry the camera's ``name``."""
        self._name, self._eager = name, not address.live
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the parent
        )
        self._answers: queue.Queue[Answer | None] = queue.Queue()
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()
        self._asked = False
        self._say(child.ordered(address, pace))

    def next(self, timeout: float, counters: Counters) -> Frame | Bad | Ended | None:
        """Return the next frame, counted, or None when there was none for ``timeout`` seconds."""
        self._ask()
        try:
            answer = self._answers.get(timeout=timeout)
        except queue.Empty:
            return None
        if answer is None:
            return Ended("the process that captures has died")
        self._asked = False
        head = answer.head
        counters.captured += head["captured"]
        counters.dropped += head["dropped"]
        counters.total = head["total"] or counters.total
        if answer.pixels is None:
            return Ended(head["problem"]) if head["end"] else Bad(head["problem"])
        if self._eager:
            self._ask()  # the next frame is made ready while this one is read
        counters.read += 1
        at = datetime.fromtimestamp(head["at"], UTC)
        return Frame(answer.pixels, self._name, at, str(head["number"]))

    def close(self) -> None:
        """Kill the process: it may hang where no signal is heard, and it owns nothing that must be saved."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _ask(self) -> None:
        if not self._asked:
            self._say(child.ASK)
            self._asked = True

    def _say(self, words: bytes) -> None:
        """Write to the process; where it has died, the thread that listens will notice."""
        assert self._process.stdin
        with contextlib.suppress(OSError):
            self._process.stdin.write(words)
            self._process.stdin.flush()

    def _listen(self) -> None:
        """Take what the process sends until it ends; a thread may wait for ever, the parent may not."""
        try:
            while answer := self._answer():
                self._answers.put(answer)
        except (OSError, ValueError, KeyError, TypeError):
            pass  # cut short, or no line of ours: as good as dead
        self._answers.put(None)

    def _answer(self) -> Answer | None:
        out = self._process.stdout
        assert out
        line = out.readline(LONGEST)
        if not line:
            return None
        head = json.loads(line)
        if "at" not in head:
            return Answer(head, None)
        pixels = np.empty((head["height"], head["width"], 3), np.uint8)
        left = pixels.reshape(-1).data
        while left:
            got = out.readinto(left)  # type: ignore[attr-defined]
            if not got:
                return None
            left = left[got:]
        return Answer(head, pixels)
