"""Finding reads among many millions.

A page is found in two steps: its numbers out of one index, then their rows. What begins in a rare way is
taken whole and sorted. All else is walked newest first until the page is full: among the reads that end with
the same three signs, or begin with the same two, where an index holds these in the order of time. A planner
cannot know, so each way names the other's columns in a form that no index serves (``+ 0``, ``|| ''``).
"""

from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, desc, literal_column, select
from sqlalchemy.sql.elements import ColumnElement

from platewise.store.matching import (
    RANKED,
    check_limit,
    ends_of,
    folded_misreads,
    key_of,
    like_of,
    likeliest_first,
    shape_of,
    span_of,
)
from platewise.store.queries import Page, ReadQuery
from platewise.store.records import ReadRecord
from platewise.store.sql.columns import Words
from platewise.store.sql.rows import READS, beyond, micros, page, read_record, within
from platewise.store.sql.schema import FIRST_TWO, LAST_THREE, reads

COMMON = 2_000
"""With more reads than this a beginning is common."""
JUDGED = select(
    *(reads.c[name] for name in ("id", "state", "normalised", "confidence")),
    reads.c.lattice.label("packed_lattice"),
)
"""Selects what ``likeliest_first`` needs."""


class Columns(NamedTuple):
    """The columns of a search that is not about text, as they are or out of reach of their indexes."""

    time: ColumnElement[Any]
    camera: ColumnElement[Any]
    reviewed: bool = False


WALK = Columns(reads.c.captured_at, reads.c.camera, reviewed=True)
"""Any index may serve."""
IN_ORDER = Columns(reads.c.captured_at, reads.c.camera.concat(""))
"""An index that begins with the text serves, and its order is that of time."""
SORTED = Columns(micros(reads.c.captured_at) + 0, reads.c.camera.concat(""))
"""An index that begins with the text serves, and what it finds is sorted."""


def find(connection: Connection, query: ReadQuery) -> Page[ReadRecord]:
    """Return one page of reads."""
    check_limit(query.limit)
    if query.text is None:
        return _newest_first(connection, query, [], WALK)
    if query.match == "misread":
        return _likeliest_first(connection, query, key_of(query.text))
    return _by_pattern(connection, query, shape_of(query.text, query.match))


def _by_pattern(connection: Connection, query: ReadQuery, pattern: str) -> Page[ReadRecord]:
    head, tail = ends_of(pattern)
    if head == pattern:
        return _newest_first(connection, query, [reads.c.normalised == pattern], IN_ORDER)
    low, high = span_of(head)
    inside = [reads.c.normalised >= low, reads.c.normalised < high]
    if len(head) not in (0, 2) and not _is_common(connection, inside):  # two are in order, see below
        like = [] if pattern == head + "*" else [_like(pattern)]
        return _newest_first(connection, query, [*inside, *like], SORTED)
    if len(tail) >= 3:
        ends = literal_column(LAST_THREE, Words) == tail[-3:]
        return _newest_first(connection, query, [ends, _like(pattern)], IN_ORDER)
    if len(head) >= 2:
        begins = literal_column(FIRST_TWO, Words) == head[:2]
        return _newest_first(connection, query, [begins, _like(pattern)], IN_ORDER)
    return _newest_first(connection, query, [_like(pattern), reads.c.normalised != ""], WALK)


def _like(pattern: str) -> ColumnElement[bool]:
    return reads.c.normalised.concat("").like(like_of(pattern), escape="\\")


def _is_common(connection: Connection, inside: list[ColumnElement[bool]]) -> bool:
    more = select(reads.c.id).where(*inside).limit(1).offset(COMMON)
    return connection.execute(more).first() is not None


def _newest_first(
    connection: Connection, query: ReadQuery, text: list[ColumnElement[bool]], columns: Columns
) -> Page[ReadRecord]:
    where = [*text, *_filters(query, columns), *beyond(query.cursor, columns.time, reads.c.id)]
    records = _records(connection, _newest(connection, where, columns, query.limit + 1))
    return page(records, query.limit, {r.id: r.frame.captured_at for r in records})


def _newest(
    connection: Connection, where: list[ColumnElement[bool]], columns: Columns, limit: int
) -> list[int]:
    """Return the numbers of the newest reads that meet all conditions."""
    newest = desc(micros(columns.time)), desc(reads.c.id)
    query = select(reads.c.id).where(*where).order_by(*newest).limit(limit)
    return list(connection.execute(query).scalars())


def _records(connection: Connection, numbers: list[int]) -> list[ReadRecord]:
    """Return the reads of these numbers, in their order."""
    rows = connection.execute(READS.where(reads.c.id.in_(numbers)))
    found = {row.id: read_record(row) for row in rows}
    return [found[number] for number in numbers]


def _likeliest_first(connection: Connection, query: ReadQuery, key: str) -> Page[ReadRecord]:
    """Rank on little of each read; only those of the page are fetched whole."""
    if query.cursor is not None:
        return Page(())
    near = reads.c.folded.in_(sorted(folded_misreads(key)))
    numbers = _newest(connection, [near, *_filters(query, SORTED)], SORTED, RANKED)
    rows = {row.id: row for row in connection.execute(JUDGED.where(reads.c.id.in_(numbers)))}
    ranked = likeliest_first((rows[number] for number in numbers), key, query.limit)
    found = _records(connection, [row.id for _, row in ranked])
    return Page(tuple(replace(read, likelihood=one) for read, (one, _) in zip(found, ranked, strict=True)))


def _filters(query: ReadQuery, columns: Columns) -> list[ColumnElement[bool]]:
    """Return the conditions of a query that are not about text."""
    found = within(columns.time, query.since, query.until)
    if query.camera is not None:
        found.append(columns.camera == query.camera)
    if query.min_confidence is not None:
        found.append(reads.c.confidence >= query.min_confidence)
    if query.max_confidence is not None:
        found.append(reads.c.confidence <= query.max_confidence)
    if query.states:
        found.append(reads.c.state.in_(query.states))
        if (
            columns.reviewed and "new" not in query.states
        ):  # the words of the partial index, so that it is used
            found.append(literal_column("reads.state <> 'new'"))
    return found
