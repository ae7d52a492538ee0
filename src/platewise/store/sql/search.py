"""Finding reads among many millions.

A page is found in two steps: its numbers out of one index, then their rows. Which index serves a prefix depends
on how common it is. Of a rare one all reads are taken and sorted; with a common one the reads are walked newest
first until the page is full. A planner cannot know, so each way names the other's column in a form that no
index serves (``+ 0``, ``|| ''``).
"""

from typing import Any

from sqlalchemy import Connection, desc, literal_column, select
from sqlalchemy.sql.elements import ColumnElement

from platewise.store.matching import (
    RANKED,
    check_limit,
    folded_misreads,
    head_of,
    key_of,
    like_of,
    likeliest_first,
    pattern_of,
    span_of,
)
from platewise.store.queries import Page, ReadQuery
from platewise.store.records import ReadRecord
from platewise.store.sql.rows import READS, beyond, micros, page, read_record, within
from platewise.store.sql.schema import reads

COMMON = 20_000
"""With more reads than this a prefix is common."""


def find(connection: Connection, query: ReadQuery) -> Page[ReadRecord]:
    """Return one page of reads."""
    check_limit(query.limit)
    if query.text is None:
        return _newest_first(connection, query, [])
    if query.match == "exact":
        return _newest_first(connection, query, [reads.c.normalised == key_of(query.text)])
    if query.match == "misread":
        return _likeliest_first(connection, query, key_of(query.text))
    pattern = key_of(query.text) + "*" if query.match == "prefix" else pattern_of(query.text)
    return _by_pattern(connection, query, pattern)


def _by_pattern(connection: Connection, query: ReadQuery, pattern: str) -> Page[ReadRecord]:
    head = head_of(pattern)
    tail = [] if pattern == head + "*" else [_like(pattern)]
    if not head:
        return _newest_first(connection, query, [*tail, reads.c.normalised != ""])
    low, high = span_of(head)
    inside = [reads.c.normalised >= low, reads.c.normalised < high]
    if _is_common(connection, inside):
        text = reads.c.normalised.concat("")
        return _newest_first(connection, query, [text >= low, text < high, *tail])
    return _newest_first(connection, query, [*inside, *tail], micros(reads.c.captured_at) + 0)


def _like(pattern: str) -> ColumnElement[bool]:
    return reads.c.normalised.like(like_of(pattern), escape="\\")


def _is_common(connection: Connection, inside: list[ColumnElement[bool]]) -> bool:
    more = select(reads.c.id).where(*inside).limit(1).offset(COMMON)
    return connection.execute(more).first() is not None


def _newest_first(
    connection: Connection,
    query: ReadQuery,
    text: list[ColumnElement[bool]],
    time: ColumnElement[Any] = reads.c.captured_at,
) -> Page[ReadRecord]:
    newest = desc(micros(time)), desc(reads.c.id)
    where = [*text, *_filters(query, time), *beyond(query.cursor, time, reads.c.id)]
    numbers = select(reads.c.id).where(*where).order_by(*newest).limit(query.limit + 1)
    records = _fetch(connection, list(connection.execute(numbers).scalars()))
    return page(records, query.limit, {r.id: r.frame.captured_at for r in records})


def _fetch(connection: Connection, numbers: list[int]) -> list[ReadRecord]:
    """Return the reads of these numbers, in their order."""
    rows = connection.execute(READS.where(reads.c.id.in_(numbers)))
    found = {row.id: read_record(row) for row in rows}
    return [found[number] for number in numbers]


def _likeliest_first(connection: Connection, query: ReadQuery, key: str) -> Page[ReadRecord]:
    if query.cursor is not None:
        return Page(())
    near = reads.c.folded.in_(sorted(folded_misreads(key)))
    newest = desc(micros(reads.c.captured_at)), desc(reads.c.id)
    where = [near, *_filters(query, reads.c.captured_at)]
    numbers = select(reads.c.id).where(*where).order_by(*newest).limit(RANKED)
    return Page(likeliest_first(_fetch(connection, list(connection.execute(numbers).scalars())), key, query.limit))


def _filters(query: ReadQuery, time: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    """Return the conditions of a query that are not about text."""
    found = within(time, query.since, query.until)
    if query.camera is not None:
        found.append(reads.c.camera == query.camera)
    if query.min_confidence is not None:
        found.append(reads.c.confidence >= query.min_confidence)
    if query.max_confidence is not None:
        found.append(reads.c.confidence <= query.max_confidence)
    if query.states:
        found.append(reads.c.state.in_(query.states))
        if "new" not in query.states:  # the words of the partial index, so that it is used
            found.append(literal_column("reads.state <> 'new'"))
    return found
