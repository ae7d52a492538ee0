"""When a delivery that failed is tried again."""

from datetime import timedelta
from random import Random

DELAYS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
"""What lies between one attempt and the next: ten attempts in some three days."""
JITTER = 0.1
PATIENCE = (1.0, 30.0)
"""Seconds to wait for an output that cannot be reached, at first and at most."""


def next_delay(attempts: int, rng: Random) -> timedelta | None:
    """Return how long to wait after so many failed attempts; None after the last."""
    if attempts > len(DELAYS):
        return None
    return DELAYS[attempts - 1] * rng.uniform(1 - JITTER, 1 + JITTER)


def patience(before: float) -> float:
    """Return how many seconds to wait for an output that still cannot be reached: longer each time."""
    return min(max(2 * before, PATIENCE[0]), PATIENCE[1])
