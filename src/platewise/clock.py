"""The only caller of time: everything else is given a time or asks here."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the present as an aware UTC datetime."""
    return datetime.now(UTC)


def ticks() -> float:
    """Return monotonic wall seconds for measuring durations."""
    return time.perf_counter()


def cpu_seconds() -> float:
    """Return the CPU seconds used by all threads of this process."""
    return time.process_time()
