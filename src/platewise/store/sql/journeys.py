"""Journeys in SQL."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, delete, desc, exists, func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from platewise.errors import Conflict
from platewise.store.matching import check_limit, key_of
from platewise.store.paging import Page
from platewise.store.sql.rows import batched, beyond, insert_row, is_number, micros, page, within
from platewise.store.sql.schema import reads
from platewise.store.sql.toll_rows import facts_of, journey_columns
from platewise.store.sql.toll_schema import journeys, passages, views
from platewise.store.tolling import (
    JourneyFacts,
    JourneyQuery,
    JourneyRecord,
    KeptJourney,
    NewJourney,
    differs,
    former,
    numbers,
)


def load(connection: Connection, *where: ColumnElement[bool]) -> tuple[JourneyRecord, ...]:
    """Return the journeys that meet these conditions on ``journeys``, by number."""
    rows = list(connection.execute(select(journeys).where(*where).order_by(journeys.c.id)))
    ids = [row.id for row in rows]
    parts = select(passages.c.id, passages.c.journey_id).where(passages.c.journey_id.in_(ids))
    of: dict[int, list[int]] = {}
    for part in connection.execute(parts.order_by(passages.c.at, passages.c.id)):
        of.setdefault(part.journey_id, []).append(part.id)
    shown = _displays(connection, ids)
    return tuple(
        JourneyRecord(row.id, facts_of(row), tuple(of.get(row.id, ())), shown.get(row.id, row.plate))
        for row in rows
    )


def _displays(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return the display forms of the plates of journeys, as far as a read shows them."""
    shown = (
        select(journeys.c.id, func.min(reads.c.display).label("display"))
        .join(passages, passages.c.journey_id == journeys.c.id)
        .join(views, views.c.passage_id == passages.c.id)
        .join(reads, (views.c.read_id == reads.c.id) & (reads.c.normalised == journeys.c.plate))
        .where(journeys.c.id.in_(ids))
        .group_by(journeys.c.id)
    )
    return {row.id: row.display for row in connection.execute(shown)}


class SqlJourneys:
    """The part of a TollStore that is about journeys."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def reopen(self, journeys_: Collection[int]) -> tuple[JourneyRecord, ...]:
        """Let these journeys be paired anew, but for those that a person judged."""
        free = [one for one in self._records(journeys_) if not one.facts.verdict]
        numbers_ = [one.id for one in free]
        for batch in batched(numbers_):
            mine = update(passages).where(passages.c.journey_id.in_(batch))
            blank = mine.where(passages.c.text == "").values(journey_id=None, settled=True)
            self._connection.execute(blank)
            self._connection.execute(mine.values(settled=False))
        gone = self._sweep(numbers_)
        return tuple(one for one in free if one.id in gone and one.facts.final)

    def keep(self, new: Sequence[NewJourney]) -> tuple[KeptJourney, ...]:
        """Keep journeys as they were paired; return those that are new or changed."""
        fresh = self._unchanged(new)
        named = numbers(fresh)
        before = {one.id: one for one in self._records(former(fresh))}
        put = [self._put_journey(one, number, before) for one, number in zip(fresh, named, strict=True)]
        gone = self._sweep(before.keys() - set(named))
        after = {one.id: one for one in self._records(put)}
        kept = []
        for one, number in zip(fresh, put, strict=True):
            was = before.get(number)
            replaces = tuple(n for n in sorted(former([one]) & gone) if before[n].facts.final)
            if replaces or differs(was, after[number]):
                kept.append(KeptJourney(after[number], was.facts if was else None, replaces))
        return tuple(kept)

    def judge(self, journey: JourneyRecord, facts: JourneyFacts) -> JourneyRecord:
        """Change a journey by hand."""
        if self.journey(journey.id) != journey:
            raise Conflict("this journey has changed meanwhile")
        changed = update(journeys).where(journeys.c.id == journey.id).values(journey_columns(facts))
        self._connection.execute(changed)
        mine = update(passages).where(passages.c.journey_id == journey.id)
        self._connection.execute(mine.values(settled=True))
        return replace(journey, facts=facts)

    def journey(self, number: int) -> JourneyRecord | None:
        """Return one journey."""
        found = load(self._connection, journeys.c.id == number) if is_number(number) else ()
        return next(iter(found), None)

    def numbered(self, journeys_: Collection[int]) -> tuple[JourneyRecord, ...]:
        """Return the journeys with these numbers."""
        return tuple(self._records(journeys_))

    def journeys(self, query: JourneyQuery) -> Page[JourneyRecord]:
        """Return one page of journeys."""
        newest = desc(micros(journeys.c.since)), desc(journeys.c.id)
        some = select(journeys.c.id).where(*_where(query)).order_by(*newest)
        ids = list(self._connection.execute(some.limit(check_limit(query.limit) + 1)).scalars())
        known = {one.id: one for one in load(self._connection, journeys.c.id.in_(ids))}
        found = [known[number] for number in ids]
        return page(found, query.limit, {one.id: one.facts.since for one in found})

    def _records(self, ids: Iterable[int]) -> Iterator[JourneyRecord]:
        for batch in batched(ids):
            yield from load(self._connection, journeys.c.id.in_(batch))

    def _unchanged(self, new: Sequence[NewJourney]) -> list[NewJourney]:
        """Return those whose passages are all as they were when they were read."""
        there: dict[int, tuple[Any, ...]] = {}
        state = passages.c.id, passages.c.version, passages.c.journey_id, passages.c.settled
        for batch in batched(passage.id for one in new for passage in one.passages):
            rows = self._connection.execute(select(*state).where(passages.c.id.in_(batch)))
            there.update((row.id, tuple(row[1:])) for row in rows)
        return [
            one
            for one in new
            if all(there.get(p.id) == (p.version, p.journey, p.settled) for p in one.passages)
        ]

    def _put_journey(self, one: NewJourney, number: int | None, before: Mapping[int, JourneyRecord]) -> int:
        """Keep a journey and let its passages name it, as far as they do not yet; return its number."""
        values = journey_columns(one.facts)
        if number is None:
            number = insert_row(self._connection, journeys, values)
        elif before[number].facts != one.facts:
            self._connection.execute(update(journeys).where(journeys.c.id == number).values(values))
        place = number, one.facts.final
        moved = [p.id for p in one.passages if (p.journey, p.settled) != place]
        if moved:
            some = update(passages).where(passages.c.id.in_(moved))
            self._connection.execute(some.values(journey_id=number, settled=one.facts.final))
        return number

    def _sweep(self, ids: Collection[int]) -> set[int]:
        """Remove those of these journeys that have lost all passages; return their numbers."""
        gone: set[int] = set()
        for batch in batched(ids):
            empty = journeys.c.id.in_(batch), ~exists().where(passages.c.journey_id == journeys.c.id)
            gone |= set(self._connection.execute(select(journeys.c.id).where(*empty)).scalars())
            self._connection.execute(delete(journeys).where(*empty))
        return gone


def _where(query: JourneyQuery) -> list[ColumnElement[bool]]:
    where = within(journeys.c.since, query.since, query.until)
    where += beyond(query.cursor, journeys.c.since, journeys.c.id)
    if query.plate is not None:
        where.append(journeys.c.plate == key_of(query.plate))
    if query.states:
        where.append(journeys.c.state.in_(query.states))
    if query.gate is not None:
        where.append(or_(journeys.c.first == query.gate, journeys.c.last == query.gate))
    if query.look is not None:
        where.append((journeys.c.look != "") == query.look)
    return where
