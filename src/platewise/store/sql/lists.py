"""Plate lists in SQL."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import reduce
from itertools import islice
from operator import add
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, func, insert, literal, or_, select

from platewise.core.plate import normalise
from platewise.errors import InputError
from platewise.store.matching import after_of, check_limit, key_of, name_cursor, span_of
from platewise.store.queries import EntryQuery, Imported, Page
from platewise.store.site import Entry, EntryRecord, Match, PlateList, Shape
from platewise.store.sql.rows import entry_record, put_row
from platewise.store.sql.schema import entries as rows
from platewise.store.sql.schema import lists

_BATCH = 500


class SqlLists:
    """The ListStore of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lists(self) -> tuple[PlateList, ...]:
        """Return all lists by name."""
        found = self._connection.execute(select(lists).order_by(lists.c.name))
        return tuple(PlateList(**row._mapping) for row in found)

    def put(self, plates: PlateList) -> None:
        """Keep a list, or change its kind and label."""
        values = {"name": plates.name, "kind": plates.kind, "label": plates.label}
        put_row(self._connection, lists, "name", values)

    def remove(self, name: str) -> bool:
        """Remove a list with its entries."""
        return self._connection.execute(delete(lists).where(lists.c.name == name)).rowcount > 0

    def add(self, name: str, entries: Iterable[Entry]) -> Imported:
        """Put plates on a list, many at once; an entry replaces the one of the same plate."""
        self._require(name)
        wanted = {key_of(entry.text): entry for entry in entries}
        replaced = self._delete(name, wanted)
        new = ({"list": name, "normalised": key, **_columns(entry)} for key, entry in wanted.items())
        for batch in _batches(new):
            self._connection.execute(insert(rows), batch)
        return Imported(len(wanted) - replaced, replaced)

    def discard(self, name: str, texts: Iterable[str]) -> int:
        """Take plates off a list; return how many were on it."""
        self._require(name)
        return self._delete(name, {normalise(text) for text in texts})

    def entries(self, query: EntryQuery) -> Page[EntryRecord]:
        """Return one page of the entries of a list."""
        self._require(query.list)
        low, high = span_of(normalise(query.text))
        where = [rows.c.list == query.list, rows.c.normalised >= low, rows.c.normalised < high]
        if query.cursor is not None:
            where.append(rows.c.normalised > after_of(query.cursor))
        some = select(rows).where(*where).order_by(rows.c.normalised).limit(check_limit(query.limit) + 1)
        found = tuple(map(entry_record, self._connection.execute(some)))
        more = len(found) > query.limit
        return Page(found[: query.limit], name_cursor(found[query.limit - 1].normalised) if more else None)

    def matches(self, text: str, at: datetime) -> tuple[Match, ...]:
        """Return where a plate is listed at that time, by name of the list."""
        return self._matches(at, rows.c.normalised == normalise(text))

    def alike(self, shape: Shape, at: datetime) -> tuple[Match, ...]:
        """Return the entries that hold at that time and look like a shape, by list and plate."""
        others = [
            case((func.substr(rows.c.normalised, place, 1).in_(sorted(signs)), 0), else_=1)
            for place, signs in enumerate(shape.places, 1)
        ]
        slips = reduce(add, others, literal(0)) <= shape.slips
        length = func.length(rows.c.normalised) == len(shape.places)
        return self._matches(at, lists.c.kind.in_(shape.kinds), length, slips)

    def _matches(self, at: datetime, *where: ColumnElement[bool]) -> tuple[Match, ...]:
        kind, label = lists.c.kind.label("list_kind"), lists.c.label.label("list_label")
        found = self._connection.execute(
            select(rows, kind, label)
            .join(lists, rows.c.list == lists.c.name)
            .where(*where)
            .where(or_(rows.c.valid_from.is_(None), rows.c.valid_from <= at))
            .where(or_(rows.c.valid_until.is_(None), rows.c.valid_until > at))
            .order_by(lists.c.name, rows.c.normalised)
        )
        return tuple(_match(dict(row._mapping)) for row in found)

    def _require(self, name: str) -> None:
        if self._connection.execute(select(lists.c.name).where(lists.c.name == name)).first() is None:
            raise InputError(f"there is no list {name!r}")

    def _delete(self, name: str, keys: Iterable[str]) -> int:
        gone = 0
        for batch in _batches(iter(keys)):
            there = delete(rows).where(rows.c.list == name, rows.c.normalised.in_(batch))
            gone += self._connection.execute(there).rowcount
        return gone


def _batches(items: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(items, _BATCH)):
        yield batch


def _columns(entry: Entry) -> dict[str, Any]:
    return {
        "text": entry.text.strip(),
        "label": entry.label,
        "valid_from": entry.valid_from,
        "valid_until": entry.valid_until,
        "note": entry.note,
    }


def _match(values: dict[str, Any]) -> Match:
    kind, label = values.pop("list_kind"), values.pop("list_label")
    return Match(PlateList(values["list"], kind, label), EntryRecord(**values))
