"""Ctrl-C between two pictures instead of inside one: what is written is whole."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
"""The exit code of a run that the user stopped."""


class Stop:
    """Says whether the user asked to stop."""

    asked = False


@contextmanager
def until_interrupt() -> Iterator[Stop]:
    """Turn the first Ctrl-C into ``stop.asked``; the second one ends the process as usual."""
    stop = Stop()

    def note(_number: int, _frame: FrameType | None) -> None:
        """Remember the first signal and let the next one through."""
        stop.asked = True
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
