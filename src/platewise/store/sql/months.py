"""On PostgreSQL the frames, reads and sightings of a month lie in tables of their own, and go as a whole.

The number of a row begins with its month: ``YYMM * ROOM + n``, where n is given once. So one number stays
the key, and who names a row need not know its month. What belongs to no month that is there, such as what
an older Platewise stored, pictures of long ago and the moments of a clock gone wrong, has the plain number
n and lies in the part ``rest``. SQLite has no such parts, and plain numbers.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, case, delete, func, select, text, update
from sqlalchemy.sql.elements import ColumnElement

from platewise.store.instants import to_micros
from platewise.store.sql.schema import frames, metadata, reads, sightings

ROOM = 10**11
"""More rows than a table will ever get. Numbers have 15 digits with it, which spreadsheets keep."""
EARLIEST, LATEST = 200001, 209912
"""The months that may have tables of their own."""
TIMES = {"sightings": "seen_at", "reads": "captured_at", "frames": "captured_at"}
"""The tables in months, none before those that name it, with their columns of time."""
PATIENCE_S = 2
"""How long a month that is to go waits for those who read it, and new readers for the month, in seconds."""
_PARTS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass(:table)"


def month_of(at: datetime) -> int:
    """Return the month of a time in UTC as YYYYMM.

    >>> month_of(datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
    202611
    """
    day = at.astimezone(UTC)
    return day.year * 100 + day.month


def after(month: int) -> int:
    """Return the month that follows.

    >>> after(202612), after(202601)
    (202701, 202602)
    """
    return month + 1 if month % 100 < 12 else month + 89


def first(month: int) -> int:
    """Return the number below those of a month.

    >>> first(202611)
    261100000000000
    """
    return month % 10_000 * ROOM


def begin_of(month: int) -> datetime:
    """Return the first moment of a month YYYYMM."""
    return datetime(month // 100, month % 100, 1, tzinfo=UTC)


def numbered(connection: Connection, table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ``id`` for a row of these values, where the database does not number it rightly itself."""
    if connection.dialect.name != "postgresql" or table.name not in TIMES:
        return {}
    month = month_of(values[TIMES[table.name]])
    there = func.to_regclass(f"{table.name}_{month}").is_not(None)
    return {"id": func.nextval(f"{table.name}_id_seq") + case((there, first(month)), else_=0)}


def prepared(connection: Connection, at: datetime) -> bool:
    """Tell whether the month of a time and the next one are there, as far as the database has months."""
    return connection.dialect.name != "postgresql" or not list(_missing(connection, at))


def prepare(connection: Connection, at: datetime) -> None:
    """Make the month of a time and the next one; who reads and writes need not wait.

    A table is made by itself and then attached, because a part that is made at once locks out all readers.
    """
    if connection.dialect.name != "postgresql":
        return
    for table, month in list(_missing(connection, at)):
        name, low, high = f"{table}_{month}", *(to_micros(begin_of(m)) for m in (month, after(month)))
        span = f"CHECK ({TIMES[table]} >= {low} AND {TIMES[table]} < {high})"
        unique = ", UNIQUE (key)" if table == "sightings" else ""
        connection.execute(text(f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS, {span}{unique})"))
        bounds = f"FOR VALUES FROM ({first(month)}) TO ({first(month) + ROOM})"
        connection.execute(text(f"ALTER TABLE {table} ATTACH PARTITION {name} {bounds}"))


def over(connection: Connection, before: datetime) -> list[int]:
    """Return the months of which nothing is as young as a time, oldest first."""
    if connection.dialect.name != "postgresql":
        return []
    found = {month for table in TIMES for month in _months(connection, table)}
    return sorted(month for month in found if begin_of(after(month)) <= before)


def count(connection: Connection, month: int) -> dict[str, int]:
    """Return how many rows a month holds, by table; its reads go with their frames and are not told."""
    tables = [table for table in (frames, sightings) if month in _months(connection, table.name)]
    return {
        table.name: connection.execute(
            select(func.count()).select_from(table).where(_inside(table.c.id, month))
        ).scalar_one()
        for table in tables
    }


def drop(connection: Connection, month: int) -> None:
    """Remove a month with all its rows; ``StoreBusy`` where somebody reads it for long."""
    connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE_S}s'"))
    for table in (sightings, reads, frames):
        if month not in _months(connection, table.name):
            continue
        _let_go(connection, table, month)
        name = f"{table.name}_{month}"
        connection.execute(text(f"ALTER TABLE {table.name} DETACH PARTITION {name}"))
        connection.execute(text(f"DROP TABLE {name}"))


def _let_go(connection: Connection, table: Table, month: int) -> None:
    """Do to the rows that name a row of the month what its deletion would do to them."""
    for holder in metadata.tables.values():
        for key in holder.foreign_keys:
            if key.column is table.c.id:
                named = _inside(key.parent, month)
                clear = update(holder).values({key.parent.name: None})
                connection.execute((delete(holder) if key.ondelete == "CASCADE" else clear).where(named))


def _inside(number: ColumnElement[int], month: int) -> ColumnElement[bool]:
    """Return the condition that a number is of a month."""
    return number.between(first(month), first(month) + ROOM - 1)


def _missing(connection: Connection, at: datetime) -> Iterable[tuple[str, int]]:
    this = month_of(at)
    for month in (month for month in (this, after(this)) if EARLIEST <= month <= LATEST):
        for table in reversed(TIMES):  # frames first: reads name them
            if connection.execute(select(func.to_regclass(f"{table}_{month}"))).scalar() is None:
                yield table, month


def _months(connection: Connection, table: str) -> list[int]:
    parts = connection.execute(text(_PARTS), {"table": table}).scalars()
    return [int(end) for part in parts if (end := part.removeprefix(f"{table}_")).isdigit()]
