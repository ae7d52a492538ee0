"""Several cameras at once: a thread each, all told in one place."""

import queue
import threading
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from platewise.ingest.watch import Event, Watch

MOMENT = 0.2
"""Seconds after which the listener may look whether to stop."""
Message: TypeAlias = "Heard | Exception | None"


class Heard(NamedTuple):
    """What one camera told."""

    watch: Watch
    event: Event


def together(watches: Sequence[Watch], stop: threading.Event) -> Iterator[Heard | None]:
    """Yield what the cameras tell until all have ended, None where nothing is told for a moment.

    After ``stop`` is set, what they have seen so far is still told. An error in one ends all.
    """
    told: queue.Queue[Message] = queue.Queue()
    threads = [threading.Thread(target=_listen, args=(one, stop, told), daemon=True) for one in watches]
    for thread in threads:
        thread.start()
    left = len(threads)
    try:
        while left:
            try:
                message = told.get(timeout=MOMENT)
            except queue.Empty:
                yield None
                continue
            if isinstance(message, Exception):
                raise message
            left -= message is None
            if message is not None:
                yield message
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _listen(watch: Watch, stop: threading.Event, told: queue.Queue[Message]) -> None:
    try:
        for event in watch.events(stop):
            told.put(Heard(watch, event))
    except Exception as error:  # noqa: BLE001  raised again in the thread that listens
        told.put(error)
    else:
        told.put(None)
