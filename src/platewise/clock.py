"""The only caller of time: everything else is given a time or asks here."""

import os
import time
from datetime import UTC, datetime, timedelta

AHEAD = timedelta(days=1)
"""So far another clock may run ahead of this one: a camera's in a wrong zone stays within it."""


def now() -> datetime:
    """Return the present as an aware UTC datetime."""
    return datetime.now(UTC)


def ticks() -> float:
    """Return monotonic wall seconds for measuring durations."""
    return time.perf_counter()


def cpu_seconds() -> float:
    """Return the CPU seconds used by all threads of this process, and, in steps of 10 ms, by the programs
    that it called and that have ended.
    """
    spent = os.times()
    return time.process_time() + spent.children_user + spent.children_system
