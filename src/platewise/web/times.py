"""Times of requests: aware, RFC 3339; in the seed's routes also without an offset, in the site's zone."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from platewise import clock
from platewise.web.errors import BAD_TIME

T = TypeVar("T")
_FORM = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)\s?(Z|z|[+-]?\d\d:?[0-5]\d)?)?", re.ASCII
)
EXAMPLE = "2026-11-20T19:15:00Z"


def parse_time(text: str, zone: tzinfo | None = None) -> datetime:
    """Return the time in UTC; one without an offset is in ``zone``, and a ValueError without one.

    A ``+`` that a query turned into a space is put back. Where a clock is turned back, the first of the two
    hours is meant; what a clock turned forward leaves out is read with the offset before.
    """
    found = _FORM.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text[:40]!r} is no time such as {EXAMPLE}")
    day, time, offset = found.groups()
    if offset and offset[0] not in "Zz+-":
        offset = f"+{offset}"
    try:
        parsed = datetime.fromisoformat(f"{day}T{time or '00:00'}{(offset or '').upper()}")
        if parsed.tzinfo is None and zone is None:
            raise ValueError(f"{text[:40]!r} has no offset from UTC: write {EXAMPLE}")
        aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)
        return aware.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text[:40]!r} is outside the years 1 to 9999") from error


def taken(time: datetime) -> datetime:
    """Return when a picture was taken; a ValueError where that is too far ahead of the server's clock.

    Such a sighting would open a stay or a journey that nothing can end, and would outlive every retention.
    """
    now = clock.now()
    if time > now + clock.AHEAD:
        told = f"{local(time, UTC)}Z is more than a day ahead of the server's clock, {local(now, UTC)}Z"
        raise ValueError(f"{told}: set the clock of what took the picture")
    return time


def local(time: datetime, zone: tzinfo) -> str:
    """Return a time as the toll seed writes it, ``2020-12-01T19:14:23``, in that zone."""
    return time.astimezone(zone).replace(tzinfo=None).isoformat(timespec="seconds")


def _checked(value: Any) -> Any:
    return _or_refused(parse_time, value) if isinstance(value, str) else value


def _or_refused(check: Callable[[T], datetime], value: T) -> datetime:
    """Return what a check makes of a value; pydantic's error in its words where that is no time."""
    try:
        return check(value)
    except ValueError as error:
        raise PydanticCustomError(BAD_TIME, "{told}", {"told": str(error)}) from error


Time = Annotated[
    datetime,
    BeforeValidator(_checked),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": [EXAMPLE]}, mode="validation"),
]
"""A time in a request."""
Taken = Annotated[Time, AfterValidator(partial(_or_refused, taken))]
"""When a picture was taken, in a request."""
