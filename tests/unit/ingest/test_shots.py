from datetime import UTC, datetime, timedelta

import pytest

from platewise import clock
from platewise.ingest.shots import StreamClock

pytestmark = pytest.mark.wall("C5")


class Hands:
    """A clock that the test sets."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.wall, self.ticking = datetime(2026, 10, 25, 0, 59, tzinfo=UTC), 0.0
        patch.setattr(clock, "now", lambda: self.wall)
        patch.setattr(clock, "ticks", lambda: self.ticking)

    def go(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.ticking += seconds


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    return Hands(monkeypatch)


def test_pictures_are_dated_by_the_stream_not_by_when_they_arrive(hands: Hands) -> None:
    stream, start = StreamClock(), hands.wall.timestamp()
    dated = []
    for number, late in enumerate((0.0, 0.3, 0.0, 0.5)):  # the network delays some
        hands.go(late)
        dated.append(stream.at(70 + number * 0.04) - start)
    assert dated == pytest.approx([0, 0.04, 0.08, 0.12])


def test_a_step_of_the_machines_clock_does_not_move_the_stream(hands: Hands) -> None:
    stream, start = StreamClock(), hands.wall.timestamp()
    stream.at(0.0)
    hands.go(1.0)
    hands.wall -= timedelta(hours=1)
    assert stream.at(1.0) - start == pytest.approx(1.0)


def test_a_stream_that_jumps_is_dated_anew_and_never_goes_back(hands: Hands) -> None:
    stream = StreamClock()
    first = stream.at(5000.0)
    hands.go(0.04)
    second = stream.at(12.0)  # the camera has begun to count again
    assert second - first == pytest.approx(0.04)
    hands.wall -= timedelta(minutes=10)
    assert stream.at(9000.0) > second


def test_a_stream_without_times_is_dated_on_arrival(hands: Hands) -> None:
    stream = StreamClock()
    hands.go(5)
    assert stream.at(None) == hands.wall.timestamp()
