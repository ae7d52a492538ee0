"""Times of requests: aware, RFC 3339; in the seed's routes also without an offset, in the site's zone."""

import re
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from platewise.web.errors import BAD_TIME

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


def local(time: datetime, zone: tzinfo) -> str:
    """Return a time as the toll seed writes it, ``2020-12-01T19:14:23``, in that zone."""
    return time.astimezone(zone).replace(tzinfo=None).isoformat(timespec="seconds")


def _checked(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return parse_time(value)
    except ValueError as error:
        raise PydanticCustomError(BAD_TIME, "{told}", {"told": str(error)}) from error


Time = Annotated[
    datetime,
    BeforeValidator(_checked),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": [EXAMPLE]}, mode="validation"),
]
"""A time in a request."""
