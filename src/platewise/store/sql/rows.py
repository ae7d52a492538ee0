"""Rows to records and back, and what the repositories share."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, Table, insert, select, tuple_, type_coerce, update
from sqlalchemy.sql.elements import ColumnElement

from platewise.errors import InputError
from platewise.store.forms import restore
from platewise.store.instants import to_micros
from platewise.store.matching import cursor_of, place_of
from platewise.store.queries import Page
from platewise.store.records import (
    EventRecord,
    FrameRecord,
    ReadRecord,
    ReviewRecord,
    SightingRecord,
)
from platewise.store.site import AuditRecord, EntryRecord
from platewise.store.sql.columns import Number
from platewise.store.sql.months import numbered
from platewise.store.sql.schema import frames, reads

T = TypeVar("T")
_AT_ONCE = 500
_SHARED = ("frame_id", "captured_at", "camera")
_OWN = [column for column in reads.c if column.name not in _SHARED]
_FRAME = [column.label(f"frame_{column.name}") for column in frames.c]
READS: Select[Any] = select(*_OWN, *_FRAME).join(frames, reads.c.frame_id == frames.c.id)
"""Selects what ``read_record`` needs."""


def is_number(number: int) -> bool:
    """Tell whether a number could be that of a row."""
    return 0 < number < 2**63


def insert_row(connection: Connection, table: Table, values: Mapping[str, Any]) -> int:
    """Insert a row and return its number."""
    known = {**numbered(connection, table, values), **values}
    return int(connection.execute(insert(table).values(known).returning(table.c.id)).scalar_one())


def put_row(connection: Connection, table: Table, key: str, values: Mapping[str, Any]) -> None:
    """Insert a row, or change the one with the same key."""
    same = update(table).where(table.c[key] == values[key]).values(values)
    if connection.execute(same).rowcount == 0:
        connection.execute(insert(table).values(values))


def row_of(connection: Connection, table: Table, number: int) -> Row[Any]:
    """Return one row; ``InputError`` when it is not there."""
    query = select(table).where(table.c.id == number)
    found = connection.execute(query).first() if is_number(number) else None
    if found is None:
        raise InputError(f"there is no {table.name.removesuffix('s')} {number}")
    return found


def micros(time: ColumnElement[Any]) -> ColumnElement[int]:
    """Return a time column as the number that it is."""
    return type_coerce(time, Number)


def within(time: ColumnElement[Any], since: datetime | None, until: datetime | None) -> list[Any]:
    """Return the conditions ``since <= time < until``, as far as given."""
    low = [] if since is None else [micros(time) >= to_micros(since)]
    return low if until is None else [*low, micros(time) < to_micros(until)]


def beyond(cursor: str | None, time: ColumnElement[Any], number: ColumnElement[Any]) -> list[Any]:
    """Return the condition of lying behind a cursor, newest first."""
    return [] if cursor is None else [tuple_(micros(time), number) < tuple_(*place_of(cursor))]


def page(found: Sequence[T], limit: int, place: Mapping[int, datetime]) -> Page[T]:
    """Return the first ``limit`` of what was found, and a cursor where there is more.

    ``place`` are number and time of each item, in order.
    """
    if len(found) <= limit:
        return Page(tuple(found))
    number, time = list(place.items())[limit - 1]
    return Page(tuple(found[:limit]), cursor_of(to_micros(time), number))


def read_record(row: Row[Any]) -> ReadRecord:
    """Return the record of a row of ``READS``."""
    values = dict(row._mapping)
    frame = FrameRecord(**{c.name: values.pop(f"frame_{c.name}") for c in frames.c})
    return restore(values, frame)


def review_record(row: Row[Any]) -> ReviewRecord:
    """Return the record of a row of ``reviews``."""
    values = dict(row._mapping)
    return ReviewRecord(read=values.pop("read_id"), **values)


def sighting_record(row: Row[Any]) -> SightingRecord:
    """Return the record of a row of ``sightings``."""
    values = dict(row._mapping)
    return SightingRecord(read=values.pop("read_id"), **values)


def event_record(row: Row[Any]) -> EventRecord:
    """Return the record of a row that holds the columns of ``events``."""
    return EventRecord(row.id, row.kind, row.at, row.payload, row.sighting_id)


def entry_record(row: Row[Any]) -> EntryRecord:
    """Return the record of a row of ``entries``."""
    return EntryRecord(**row._mapping)


def audit_record(row: Row[Any]) -> AuditRecord:
    """Return the record of a row of ``audit``."""
    return AuditRecord(**row._mapping)


def batched(keys: Iterable[T]) -> Iterator[list[T]]:
    """Yield numbers or names in lists that one statement takes."""
    rest = iter(keys)
    while batch := list(islice(rest, _AT_ONCE)):
        yield batch
