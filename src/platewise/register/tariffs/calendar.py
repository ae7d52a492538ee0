"""Where the bands of a tariff lie in real time. Bands are local, time is UTC: a night of a change is longer
or shorter, and is cut where the local clock says.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from platewise.register.tariffs.schema import WEEKDAYS, Band, Tariff

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)


class Piece(NamedTuple):
    """The part of a stay that lies in one band, in UTC."""

    band: Band
    begin: datetime
    end: datetime


def pieces(tariff: Tariff, begin: datetime, end: datetime) -> Iterator[Piece]:
    """Yield the parts of ``begin <= t < end`` in their order."""
    zone = ZoneInfo(tariff.zone)
    last = end.astimezone(zone).date()
    day = begin.astimezone(zone).date() - _DAY
    while day <= last:
        for band in sorted(tariff.bands, key=lambda band: band.begin):
            if WEEKDAYS[day.weekday()] in band.days:
                first, until = span(band, day, zone)
                if max(first, begin) < min(until, end):
                    yield Piece(band, max(first, begin), min(until, end))
        day += _DAY


def span(band: Band, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when the band that begins on a day begins and ends, in UTC."""
    return instant(day, band.begin, zone), instant(day + _DAY * band.overnight, band.until, zone)


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return when the local clock first shows a time or, where it is skipped, the skip's moment, in UTC."""
    local = datetime.combine(day, at, zone)
    late, early = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if late <= early:  # an ordinary time, or one that the clock shows twice
        return late
    while late - early > _SECOND:
        middle = early + (late - early) // 2
        if middle.astimezone(zone).utcoffset() == early.astimezone(zone).utcoffset():
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)
