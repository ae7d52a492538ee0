"""Times as whole microseconds since 1970 UTC: exact, small, and the same in every database."""

from datetime import UTC, datetime, timedelta

from platewise.errors import InputError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(time: datetime) -> int:
    """Return the microseconds since 1970 UTC; ``InputError`` when the time has no zone."""
    if time.tzinfo is None:
        raise InputError("a time needs its offset from UTC")
    return (time - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the aware UTC time.

    >>> from_micros(to_micros(datetime(2026, 11, 20, 5, 30, 0, 123456, UTC))).isoformat()
    '2026-11-20T05:30:00.123456+00:00'
    """
    return _EPOCH + timedelta(microseconds=micros)
