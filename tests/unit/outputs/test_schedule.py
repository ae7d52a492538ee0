"""W2: ten attempts over some three days, scattered."""

from datetime import timedelta
from random import Random

import pytest

from platewise.outputs.schedule import DELAYS, JITTER, next_delay, patience

pytestmark = pytest.mark.wall("W2")


def test_ten_attempts_in_three_days() -> None:
    assert len(DELAYS) + 1 == 10
    assert sum(DELAYS, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)
    assert next_delay(10, Random(1)) is None


def test_retries_are_scattered() -> None:
    rng = Random(1)
    for attempts, usual in enumerate(DELAYS, 1):
        some = [next_delay(attempts, rng) or timedelta() for _ in range(50)]
        assert usual * (1 - JITTER) <= min(some) < usual < max(some) <= usual * (1 + JITTER)


def test_patience_grows_to_half_a_minute() -> None:
    waits = [patience(0.0)]
    while len(waits) < 8:
        waits.append(patience(waits[-1]))
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]
