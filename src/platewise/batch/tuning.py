"""How many processes of how many threads read fastest on this machine: measured, not guessed."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple

from platewise import clock
from platewise.batch.items import Item
from platewise.batch.local import Setting, look, opened
from platewise.batch.work import Job

_SECONDS = 2.0
"""How long each setting is tried, once it is warm."""


class Tried(NamedTuple):
    """A setting and the pictures a second that it read."""

    setting: Setting
    rate: float


def cores() -> int:
    """Return the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def settings(count: int) -> Iterator[Setting]:
    """Yield the settings that use so many cores fully: from one thread a process to four."""
    for threads in (1, 2, 4):
        if threads <= count:
            yield Setting(count // threads, threads)


def measure(job: Job, items: Sequence[Item], count: int) -> list[Tried]:
    """Read some pictures with each setting for a moment; return the settings, the fastest first.

    One of which a process was ended from outside, as when memory runs out, read nothing.
    """
    tried = [Tried(setting, _rate(job, items, setting)) for setting in settings(count)]
    return sorted(tried, key=lambda one: -one.rate)


def _rate(job: Job, items: Sequence[Item], setting: Setting) -> float:
    try:
        with opened(job, setting) as pool:
            wait([pool.submit(look, [item]) for item in items[: 2 * setting.workers]])  # all are there
            began, read = clock.ticks(), 0
            while clock.ticks() - began < _SECONDS:
                turns = [pool.submit(look, items[i :: setting.workers]) for i in range(setting.workers)]
                read += sum(turn.result() for turn in turns)
            return read / (clock.ticks() - began)
    except BrokenProcessPool:
        return 0.0
