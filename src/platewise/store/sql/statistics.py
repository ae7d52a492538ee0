"""Counts of a span of time, in SQL."""

from datetime import timedelta
from itertools import pairwise

from sqlalchemy import Connection, Table, and_, func, select
from sqlalchemy.sql.elements import ColumnElement

from platewise.errors import InputError
from platewise.store.instants import from_micros
from platewise.store.queries import Bucket, Statistics, StatisticsQuery
from platewise.store.sql.rows import micros, within
from platewise.store.sql.schema import frames, reads

BINS = 20
"""Bars of the histogram of confidence."""


def count(connection: Connection, query: StatisticsQuery) -> Statistics:
    """Count the reads and frames of a span of time."""
    if query.bucket < timedelta(minutes=1):
        raise InputError("a bucket is at least a minute")
    inside = and_(*within(reads.c.captured_at, query.since, query.until), *_at(reads, query))
    shown = and_(*within(frames.c.captured_at, query.since, query.until), *_at(frames, query))
    states = select(reads.c.state, func.count().label("number")).where(inside).group_by(reads.c.state)
    hit = select(func.count(reads.c.frame_id.distinct())).where(inside, reads.c.normalised != "")
    return Statistics(
        _buckets(connection, query, inside),
        _histogram(connection, inside),
        {row.state: row.number for row in connection.execute(states)},
        connection.execute(select(func.count()).select_from(frames).where(shown)).scalar_one(),
        connection.execute(hit).scalar_one(),
    )


def _at(table: Table, query: StatisticsQuery) -> list[ColumnElement[bool]]:
    return [] if query.camera is None else [table.c.camera == query.camera]


def _buckets(
    connection: Connection, query: StatisticsQuery, inside: ColumnElement[bool]
) -> tuple[Bucket, ...]:
    width = query.bucket // timedelta(microseconds=1)
    start = (micros(reads.c.captured_at) // width).label("start")
    readable = func.count().filter(reads.c.normalised != "")
    rows = connection.execute(
        select(start, func.count(), readable).where(inside).group_by(start).order_by(start)
    )
    return tuple(Bucket(from_micros(number * width), all_, good) for number, all_, good in rows)


def _histogram(connection: Connection, inside: ColumnElement[bool]) -> tuple[int, ...]:
    value = reads.c.confidence
    edges = [i / BINS for i in range(BINS)]  # where a bar ends the next begins, to the last bit
    bars = [func.count().filter(value >= low, value < high) for low, high in pairwise(edges)]
    bars.append(func.count().filter(value >= edges[-1]))
    return tuple(connection.execute(select(*bars).where(inside, reads.c.normalised != "")).one())
