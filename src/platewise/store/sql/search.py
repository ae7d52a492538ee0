"""Finding reads among many millions.

A page is found in two steps: its numbers out of one index, then their rows. Which index serves a prefix
depends on how common it is. Of a rare one all reads are taken and sorted; with a common one the reads are
walked newest first until the page is full. A planner cannot know, so each way names the other's column in a
form that no index serves (``+ 0``, ``|| ''``).
"""

from typing import Any, NamedTuple

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
    if query.match == "exact":
        return _newest_first(connection, query, [reads.c.normalised == key_of(query.text)], IN_ORDER)
    if query.match == "misread":
        return _likeliest_first(connection, query, key_of(query.text))
    pattern = key_of(query.text) + "*" if query.match == "prefix" else pattern_of(query.text)
    return _by_pattern(connection, query, pattern)


def _by_pattern(connection: Connection, query: ReadQuery, pattern: str) -> Page[ReadRecord]:
    head = head_of(pattern)
    tail = [] if pattern == head + "*" else [_like(pattern)]
    if not head:
        return _newest_first(connection, query, [*tail, reads.c.normalised != ""], WALK)
    low, high = span_of(head)
    inside = [reads.c.normalised >= low, reads.c.normalised < high]
    if _is_common(connection, inside):
        text = reads.c.normalised.concat("")
        return _newest_first(connection, query, [text >= low, text < high, *tail], WALK)
    return _newest_first(connection, query, [*inside, *tail], SORTED)


def _like(pattern: str) -> ColumnElement[bool]:
    return reads.c.normalised.like(like_of(pattern), escape="\\")


def _is_common(connection: Connection, inside: list[ColumnElement[bool]]) -> bool:
    more = select(reads.c.id).where(*inside).limit(1).offset(COMMON)
    return connection.execute(more).first() is not None


def _newest_first(
    connection: Connection, query: ReadQuery, text: list[ColumnElement[bool]], columns: Columns
) -> Page[ReadRecord]:
    where = [*text, *_filters(query, columns), *beyond(query.cursor, columns.time, reads.c.id)]
    records = _newest(connection, where, columns, query.limit + 1)
    return page(records, query.limit, {r.id: r.frame.captured_at for r in records})


def _newest(
    connection: Connection, where: list[ColumnElement[bool]], columns: Columns, limit: int
) -> list[ReadRecord]:
    newest = desc(micros(columns.time)), desc(reads.c.id)
    query = select(reads.c.id).where(*where).order_by(*newest).limit(limit)
    numbers = list(connection.execute(query).scalars())
    rows = connection.execute(READS.where(reads.c.id.in_(numbers)))
    found = {row.id: read_record(row) for row in rows}
    return [found[number] for number in numbers]


def _likeliest_first(connection: Connection, query: ReadQuery, key: str) -> Page[ReadRecord]:
    if query.cursor is not None:
        return Page(())
    near = reads.c.folded.in_(sorted(folded_misreads(key)))
    found = _newest(connection, [near, *_filters(query, SORTED)], SORTED, RANKED)
    return Page(likeliest_first(found, key, query.limit))


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
