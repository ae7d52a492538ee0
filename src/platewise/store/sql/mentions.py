"""Where running text names a plate: the audit log, events, answers, notes."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    LargeBinary,
    Select,
    Table,
    Text,
    delete,
    func,
    literal,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from platewise.store.matching import like_of, widened
from platewise.store.sql.alert_schema import output_states
from platewise.store.sql.outbox_schema import outbox
from platewise.store.sql.schema import (
    answers,
    audit,
    entries,
    events,
    frames,
    payments,
    reads,
    reviews,
)

ERASED = "[erased]"
"""What stands where a plate was."""


class Place(NamedTuple):
    """Columns of a table that may name a plate; ``large`` tables are searched by the database itself."""

    table: Table
    columns: tuple[str, ...]
    large: bool = False


WHOLE = (Place(events, ("payload",)), Place(answers, ("key", "body")), Place(payments, ("key",)))
"""Rows that go when they name the plate."""
WORDS = (
    Place(audit, ("subject", "detail")),
    Place(reviews, ("reason", "before", "after")),
    Place(entries, ("label", "note")),
    Place(outbox, ("error",)),
    Place(output_states, ("error",)),
    Place(frames, ("name",), large=True),
    Place(reads, ("raw", "explain"), large=True),
)
"""Rows that stay, without the plate's name."""
Found = dict[Place, list[Any]]


def search(connection: Connection, key: str, mention: re.Pattern[str]) -> Found:
    """Return the primary keys of the rows that name the plate, by place."""
    return {
        place: [row[0] for row in _rows(connection, place, key) if any(map(mention.search, _texts(row)))]
        for place in (*WHOLE, *WORDS)
    }


def remove(connection: Connection, found: Found, mention: re.Pattern[str]) -> dict[str, int]:
    """Delete or blacken what was found; return how many rows of each table."""
    counts: dict[str, int] = {}
    for place in WHOLE:
        gone = (delete(place.table).where(_primary(place.table) == number) for number in found[place])
        counts[place.table.name] = sum(connection.execute(one).rowcount for one in gone)
    for place in WORDS:
        counts[place.table.name] = sum(
            _blacken(connection, place, number, mention) for number in found[place]
        )
    return counts


def _blacken(connection: Connection, place: Place, number: Any, mention: re.Pattern[str]) -> int:
    one = _primary(place.table) == number
    row = connection.execute(_select(place).where(one)).first()
    if row is None:  # it went with its read
        return 0
    clean = {name: mention.sub(ERASED, text) for name, text in zip(place.columns, _texts(row), strict=True)}
    words = {name: literal(text, Text) for name, text in clean.items()}
    return connection.execute(update(place.table).where(one).values(words)).rowcount


def _rows(connection: Connection, place: Place, key: str) -> Iterator[Any]:
    query = _select(place)
    if place.large:
        texts = [func.lower(type_coerce(place.table.c[name], Text)) for name in place.columns]
        query = query.where(or_(*(text.like(signs, escape="\\") for text in texts for signs in _signs(key))))
    yield from connection.execution_options(yield_per=1000).execute(query)


def _signs(key: str) -> set[str]:
    """Return what every spelling is like: its signs in their order, of one width.

    Only ASCII is lowered everywhere; letters with accents may be two signs.
    """
    plain = "".join(sign for sign in key if sign.isascii())
    wide = widened(plain)
    return {"%".join(["", *map(like_of, signs), ""]) for signs in (plain.lower(), wide, wide.lower())}


def _select(place: Place) -> Select[Any]:
    return select(_primary(place.table), *(_text(place.table.c[name]) for name in place.columns))


def _text(column: Column[Any]) -> ColumnElement[Any]:
    """Return a column as the text that is stored, JSON too."""
    return column if isinstance(column.type, LargeBinary) else type_coerce(column, Text).label(column.name)


def _texts(row: Any) -> list[str]:
    return [
        value.decode("utf-8", "replace") if isinstance(value, bytes) else value or "" for value in row[1:]
    ]


def _primary(table: Table) -> Column[Any]:
    return next(iter(table.primary_key))
