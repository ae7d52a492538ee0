"""What a source gives: shots, whose pixels are made only when someone wants them."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol, runtime_checkable

from platewise import clock
from platewise.core.frame import Pixels

MOST_PIXELS = 50_000_000
DRIFT = 2.0
"""A stream whose times leave the clock's by more seconds is dated anew: it was cut, or its clock is wrong."""
TICK = 1e-6


class Shot(NamedTuple):
    """A moment, seconds since 1970 UTC, and how to get its picture ``(H, W, 3) uint8 RGB``."""

    at: float
    picture: Callable[[], Pixels]


@runtime_checkable
class Source(Protocol):
    """Gives shots until it ends; ``total`` is how many, where that is known."""

    total: int | None

    def shots(self) -> Iterator[Shot]:
        """Yield the shots; InputError says why there are no more."""
        ...

    def close(self) -> None:
        """Let go of the file, the camera or the connection."""
        ...


class StreamClock:
    """The time of a live stream's pictures: its own steps, anchored once to the clock's time."""

    def __init__(self) -> None:
        """Wait for the first picture."""
        self._anchor: tuple[float, float, float] | None = None
        self._last = 0.0

    def at(self, second: float | None) -> float:
        """Return when a picture was taken that the stream dates ``second``; later than all before it."""
        ticks = clock.ticks()
        if second is None:
            dated = clock.now().timestamp()
        else:
            if self._anchor is None or abs(ticks - self._anchor[1] - (second - self._anchor[2])) > DRIFT:
                self._anchor = clock.now().timestamp(), ticks, second
            dated = self._anchor[0] + second - self._anchor[2]
        self._last = max(dated, self._last + TICK)
        return self._last
