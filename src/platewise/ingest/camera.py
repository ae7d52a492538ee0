"""One camera that is meant to run for ever: reconnects with growing pauses, and notices when it is silent."""

import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from platewise import clock
from platewise.core.frame import Frame
from platewise.ingest import child
from platewise.ingest.addresses import Address, Kind
from platewise.ingest.capture import Bad, Capture, Counters, Ended
from platewise.ingest.pace import Pace

WAKE = 0.25
"""Seconds after which a wait looks whether it should end."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: the first frame may take ``opening``; a camera that was silent for ``stall`` is cut off.

    Pauses before a new try double from ``first`` to ``longest``. Each is longer or shorter by up to the share
    ``jitter``, so that cameras do not come back as one.
    """

    opening: float = 15.0
    stall: float = 8.0
    first: float = 1.0
    longest: float = 30.0
    jitter: float = 0.25


class Online(NamedTuple):
    """The camera gives frames (again)."""


class Offline(NamedTuple):
    """The camera gives no frames any more; ``problem`` says why."""

    problem: str


Happening: TypeAlias = Frame | Online | Offline | Bad


@dataclass
class Camera:
    """A source under a name. ``counters`` may be read from any thread while it runs."""

    name: str
    address: Address
    pace: Pace = field(default_factory=Pace)
    patience: Patience = field(default_factory=Patience)
    command: Sequence[str] = child.COMMAND
    counters: Counters = field(default_factory=Counters)

    def frames(self, stop: threading.Event) -> Iterator[Happening]:
        """Yield the frames, and what happens to the camera, until ``stop`` is set or a file has ended.

        One ``Offline`` a failure, however often reconnecting fails, and one ``Online`` when it is over.
        """
        pauses = Pauses(self.patience)
        online = told = False
        while not stop.is_set():
            for happening in self._once(stop):
                if isinstance(happening, Frame) and not online:
                    online = True
                    pauses = Pauses(self.patience)
                    yield Online()
                if isinstance(happening, Offline):
                    if online or not told:
                        yield happening
                    online, told = False, True
                else:
                    yield happening
            if not self._endless or stop.wait(pauses.next()):
                return

    def _once(self, stop: threading.Event) -> Iterator[Happening]:
        """Yield what one connection gives; it ends with ``Offline`` unless a file has ended well."""
        try:
            capture = Capture(self.name, self.address, self.pace, self.command)
        except OSError as error:  # as where memory or processes are short
            yield Offline(f"no process that captures can be started: {error}")
            return
        try:
            heard, allowed = clock.ticks(), self.patience.opening
            while not stop.is_set():
                got = capture.next(WAKE, self.counters)
                if isinstance(got, Ended):
                    if got.problem or self.address.live:
                        yield Offline(got.problem or f"{self.address} has ended")
                    return
                if got is not None:
                    yield got
                    heard, allowed = clock.ticks(), self.patience.stall
                elif clock.ticks() - heard > allowed and self._may_stall:
                    yield Offline(f"{self.address} has been silent for {allowed:g} seconds")
                    return
        finally:
            capture.close()

    @property
    def _endless(self) -> bool:
        """Whether its end is a fault: a camera's is, and a watched folder's."""
        return self.address.live or (self.address.kind is Kind.FOLDER and not self.pace.once)

    @property
    def _may_stall(self) -> bool:
        """Whether silence is a fault: a watched folder is silent by nature."""
        return not self.address.stills


class Pauses:
    """How long to wait before each new try."""

    def __init__(self, patience: Patience) -> None:
        """Start with the shortest."""
        self._patience, self._next = patience, patience.first
        self._random = random.Random()

    def next(self) -> float:
        """Return the next pause, seconds."""
        pause, self._next = self._next, min(2 * self._next, self._patience.longest)
        jitter = self._random.uniform(-1, 1) * self._patience.jitter
        return min(max(pause * (1 + jitter), self._patience.first), self._patience.longest)
