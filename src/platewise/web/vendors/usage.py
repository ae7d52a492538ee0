"""How many pictures were read this month: what vendors count as calls."""

import threading
from datetime import UTC, datetime, timedelta

from flask import current_app

from platewise import clock
from platewise.store.queries import StatisticsQuery
from platewise.web.parts import parts

UNLIMITED = 10**9
"""What is told as the calls that a month has: clients reckon with a number."""
_KEY = "platewise.usage"


class Calls:
    """Counts of one application: asked of the store once a month, counted along from there."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._month, self._calls = (0, 0), 0

    def begin(self) -> None:
        """Ask the store, in a new month; never inside a transaction."""
        now = clock.now()
        with self._turn:
            if self._month != (now.year, now.month):
                self._calls = _kept(month_of(now)[0], now)
                self._month = now.year, now.month

    def count(self, more: int = 0) -> int:
        """Count ``more`` calls and return those of this month."""
        with self._turn:
            self._calls += more
            return self._calls


def calls() -> Calls:
    """Return the counts of the application that answers; ask for them before a transaction begins."""
    found = current_app.extensions.setdefault(_KEY, Calls())
    assert isinstance(found, Calls)
    found.begin()
    return found


def total() -> int:
    """Return how many pictures are kept, of whatever month."""
    return _kept(datetime(1970, 1, 1, tzinfo=UTC), clock.now())


def month_of(now: datetime) -> tuple[datetime, datetime]:
    """Return when the month of a time began and when it ends."""
    start = datetime(now.year, now.month, 1, tzinfo=UTC)
    later = start + timedelta(days=32)
    return start, datetime(later.year, later.month, 1, tzinfo=UTC)


def _kept(since: datetime, now: datetime) -> int:
    query = StatisticsQuery(since, now + timedelta(days=1), None, timedelta(days=31))
    with parts().store.reading() as unit:
        return unit.reads.statistics(query).frames
