"""Passages of gantries in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, desc, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from platewise.errors import Conflict
from platewise.register.passages import Passage
from platewise.store.matching import check_limit, key_of
from platewise.store.paging import Page
from platewise.store.sql.rows import batched, beyond, insert_row, is_number, micros, page, within
from platewise.store.sql.schema import reads
from platewise.store.sql.toll_rows import passage_columns, passage_record, view_columns
from platewise.store.sql.toll_schema import mismatches, passages, views
from platewise.store.tolling import PassageQuery, PassageRecord, heirs


def load(connection: Connection, *where: ColumnElement[bool]) -> tuple[PassageRecord, ...]:
    """Return the passages that meet all these conditions on ``passages``, whole, in the order of time."""
    rows = list(connection.execute(select(passages).where(*where).order_by(passages.c.at, passages.c.id)))
    seen = (
        select(views, reads.c.normalised, reads.c.display, reads.c.crop)
        .join(passages, views.c.passage_id == passages.c.id)
        .outerjoin(reads, views.c.read_id == reads.c.id)
        .where(*where)
        .order_by(views.c.at, views.c.key)
    )
    of: dict[int, list[Any]] = {}
    for view in connection.execute(seen):
        of.setdefault(view.passage_id, []).append(view)
    return tuple(passage_record(row, of[row.id]) for row in rows)


def numbered(connection: Connection, numbers: Sequence[int]) -> tuple[PassageRecord, ...]:
    """Return the passages with these numbers, in their order."""
    found: dict[int, PassageRecord] = {}
    for batch in batched(numbers):
        found.update((one.id, one) for one in load(connection, passages.c.id.in_(batch)))
    return tuple(found[number] for number in numbers if number in found)


class SqlPassages:
    """The part of a TollStore that is about passages."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def near(self, gate: str, since: datetime, until: datetime) -> tuple[PassageRecord, ...]:
        """Return the passages of a gate with a view in a span of time."""
        seen = select(views.c.passage_id).where(views.c.gate == gate, *within(views.c.at, since, until))
        return load(self._connection, passages.c.id.in_(seen))

    def regroup(
        self, gone: Sequence[PassageRecord], now: Sequence[Passage], *, travelled: bool = True
    ) -> tuple[PassageRecord, ...]:
        """Put passages in the place of others."""
        numbers = [record.id for record in gone]
        self._check(gone)
        undecided = or_(mismatches.c.front.in_(numbers), mismatches.c.rear.in_(numbers))
        self._connection.execute(delete(mismatches).where(mismatches.c.verdict == "", undecided))
        self._connection.execute(delete(views).where(views.c.passage_id.in_(numbers)))
        pairs = zip(heirs(gone, now), now, strict=True)
        kept = [self._put_passage(heir, new, travelled) for heir, new in pairs]
        lost = [number for number in numbers if number not in kept]
        self._connection.execute(delete(passages).where(passages.c.id.in_(lost)))
        return numbered(self._connection, kept)

    def passage(self, number: int) -> PassageRecord | None:
        """Return one passage."""
        found = load(self._connection, passages.c.id == number) if is_number(number) else ()
        return next(iter(found), None)

    def passages(self, query: PassageQuery) -> Page[PassageRecord]:
        """Return one page of passages."""
        newest = desc(micros(passages.c.at)), desc(passages.c.id)
        some = select(passages.c.id).where(*_where(query)).order_by(*newest)
        numbers = list(self._connection.execute(some.limit(check_limit(query.limit) + 1)).scalars())
        found = numbered(self._connection, numbers)
        return page(found, query.limit, {one.id: one.passage.at for one in found})

    def open(self) -> tuple[PassageRecord, ...]:
        """Return the passages with a text whose journey is not over."""
        return load(self._connection, passages.c.settled.is_(False), passages.c.text != "")

    def _check(self, records: Sequence[PassageRecord]) -> None:
        some = passages.c.id.in_([record.id for record in records])
        rows = self._connection.execute(select(passages.c.id, passages.c.version).where(some))
        versions = {row.id: row.version for row in rows}
        if any(versions.get(record.id) != record.version for record in records):
            raise Conflict("a passage has changed meanwhile")

    def _put_passage(self, heir: PassageRecord | None, new: Passage, travelled: bool) -> int:
        values = passage_columns(new)
        if heir is None or heir.journey is None:
            values["settled"] = not (travelled and new.reading.text)
        if heir:
            changed = update(passages).where(passages.c.id == heir.id)
            self._connection.execute(changed.values(**values, version=heir.version + 1))
        number = heir.id if heir else insert_row(self._connection, passages, {**values, "version": 1})
        rows = [{"passage_id": number, **view_columns(view, new.gate)} for view in new.views]
        self._connection.execute(insert(views), rows)
        return number


def _where(query: PassageQuery) -> list[ColumnElement[bool]]:
    where = within(passages.c.at, query.since, query.until)
    where += beyond(query.cursor, passages.c.at, passages.c.id)
    if query.plate is not None:
        where.append(passages.c.text == key_of(query.plate))
    if query.gate is not None:
        where.append(passages.c.gate == query.gate)
    if query.journey is not None:
        where.append(passages.c.journey_id == query.journey)
    if query.read is not None:
        where.append(passages.c.id.in_(_showing(query.read)))
    if query.unread is not None:
        where.append((passages.c.text == "") == query.unread)
    return where


def _showing(read: int) -> Select[tuple[int]]:
    return select(views.c.passage_id).where(views.c.read_id == read)
