"""What is too old goes, in short transactions: pictures, then the register, then frames with their reads.

Who is still inside is never too old. On PostgreSQL months that are over go whole (see ``months``), and row by
row only what is left.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine, Table, and_, delete, exists, or_, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from platewise.errors import StoreBusy
from platewise.store.images import ImageFolder
from platewise.store.matching import ANSWERS_LAST
from platewise.store.queries import Removed, Retention
from platewise.store.sql import months
from platewise.store.sql.engine import transaction
from platewise.store.sql.images import BATCH, batches, forget
from platewise.store.sql.rows import micros
from platewise.store.sql.schema import (
    answers,
    audit,
    events,
    frames,
    images,
    passings,
    reads,
    sightings,
    visits,
)
from platewise.store.sql.toll_schema import journeys, passages

log = logging.getLogger(__name__)
Step = Callable[[Connection], tuple[int, int]]


class Engines(NamedTuple):
    """Of one database: that of writers, who take turns, and that of readers."""

    writers: Engine
    readers: Engine


def expire(engines: Engines, folder: ImageFolder, retention: Retention, at: datetime) -> Removed:
    """Remove what is too old, and pictures that no record names; see to the months to come."""
    with transaction(engines.readers) as connection:
        prepared = months.prepared(connection, at)
    if not prepared:
        with transaction(engines.writers) as connection:
            months.prepare(connection, at)
    rows: Counter[str] = Counter()
    pictures = _step_by_step(engines, _steps_of_register(folder, retention, at), rows)
    if retention.reads_before is not None:
        _drop_months(engines, retention.reads_before, rows)
        orphans = ("images", _Orphans(folder, retention.reads_before))
        pictures += _step_by_step(engines, [orphans], Counter())
        pictures += _step_by_step(engines, _steps_of_reads(folder, retention.reads_before), rows)
    pictures += _sweep(engines.writers, folder, at)
    return Removed({name: count for name, count in rows.items() if count}, pictures)


def _step_by_step(engines: Engines, steps: Iterable[tuple[str, Step]], rows: Counter[str]) -> int:
    """Take each step until nothing is left for it; count the rows, and return the number of pictures."""
    pictures = 0
    for name, step in steps:
        while True:
            with transaction(engines.writers) as connection:
                count, gone = step(connection)
            rows[name] += count
            pictures += gone
            if count < BATCH:
                break
    return pictures


def _steps_of_register(folder: ImageFolder, retention: Retention, at: datetime) -> Iterable[tuple[str, Step]]:
    """Yield what may go first: what names reads and sightings, and pictures by their own term."""
    yield "answers", _Rows(answers, answers.c.key, answers.c.at <= at - ANSWERS_LAST)
    if retention.audit_before is not None:
        yield "audit", _Rows(audit, audit.c.id, audit.c.at < retention.audit_before)
    if retention.images_before is not None:
        yield "images", _Pictures(folder, images.c.created_at < retention.images_before)
    if retention.reads_before is not None:
        yield "events", _Rows(events, events.c.id, events.c.at < retention.reads_before)
        yield "visits", _Rows(visits, visits.c.id, visits.c.left < retention.reads_before)
        yield "journeys", _Rows(journeys, journeys.c.id, journeys.c.until < retention.reads_before)
        lone = and_(passages.c.at < retention.reads_before, passages.c.journey_id.is_(None))
        yield "passages", _Rows(passages, passages.c.id, lone)
        yield "passings", _Rows(passings, passings.c.id, passings.c.seen_at < retention.reads_before)


def _steps_of_reads(folder: ImageFolder, before: datetime) -> Iterable[tuple[str, Step]]:
    """Yield what lies in no month that went whole."""
    yield "frames", _Frames(folder, before)
    yield "sightings", _Rows(sightings, sightings.c.id, sightings.c.seen_at < before)


def _drop_months(engines: Engines, before: datetime, rows: Counter[str]) -> None:
    """Remove the months that are over; one that somebody reads for long goes row by row after this."""
    with transaction(engines.readers) as connection:
        found = {month: months.count(connection, month) for month in months.over(connection, before)}
    for month, counts in found.items():
        try:
            with transaction(engines.writers) as connection:
                months.drop(connection, month)
        except StoreBusy:
            log.warning("the month %d is being read: it is removed row by row, which takes longer", month)
        else:
            rows.update(counts)


class _Rows:
    """Deletes one batch of rows."""

    def __init__(self, table: Table, key: ColumnElement[object], old: ColumnElement[bool]) -> None:
        self._table, self._key, self._old = table, key, old

    def __call__(self, connection: Connection) -> tuple[int, int]:
        keys = list(connection.execute(select(self._key).where(self._old).limit(BATCH)).scalars())
        return connection.execute(delete(self._table).where(self._key.in_(keys))).rowcount, 0


class _Pictures:
    """Deletes one batch of pictures; what named them stays."""

    def __init__(self, folder: ImageFolder, old: ColumnElement[bool]) -> None:
        self._folder, self._old = folder, old

    def __call__(self, connection: Connection) -> tuple[int, int]:
        keys = list(connection.execute(select(images.c.key).where(self._old).limit(BATCH)).scalars())
        gone = sum(map(self._folder.remove, keys))
        return forget(connection, keys), gone


class _Orphans:
    """Looks at one batch of pictures after the other, and deletes those whose records went with a month."""

    def __init__(self, folder: ImageFolder, before: datetime) -> None:
        self._folder, self._before = folder, before
        self._place = -(2**63), ""

    def __call__(self, connection: Connection) -> tuple[int, int]:
        at, key = micros(images.c.created_at), images.c.key
        behind = images.c.created_at < self._before, tuple_(at, key) > tuple_(*self._place)
        rows = connection.execute(select(at, key).where(*behind).order_by(at, key).limit(BATCH)).all()
        if rows:
            self._place = rows[-1][0], rows[-1][1]
        return len(rows), _forget_unnamed(connection, self._folder, [row[1] for row in rows])


class _Frames:
    """Deletes one batch of frames with their pictures, reads and reviews."""

    def __init__(self, folder: ImageFolder, before: datetime) -> None:
        self._folder, self._old = folder, frames.c.captured_at < before

    def __call__(self, connection: Connection) -> tuple[int, int]:
        numbers = list(connection.execute(select(frames.c.id).where(self._old).limit(BATCH)).scalars())
        shown = select(frames.c.image).where(frames.c.id.in_(numbers))
        cropped = select(reads.c.crop).where(reads.c.frame_id.in_(numbers))
        named = select(images.c.key).where(or_(images.c.key.in_(shown), images.c.key.in_(cropped)))
        keys = list(connection.execute(named).scalars())
        count = connection.execute(delete(frames).where(frames.c.id.in_(numbers))).rowcount
        return count, _forget_unnamed(connection, self._folder, keys)


def _forget_unnamed(connection: Connection, folder: ImageFolder, keys: Collection[str]) -> int:
    """Delete those of some pictures that no frame and no read names; return how many files went."""
    key = images.c.key
    named = or_(exists().where(frames.c.image == key), exists().where(reads.c.crop == key))
    unused = list(connection.execute(select(key).where(key.in_(keys), ~named)).scalars())
    forget(connection, unused)
    return sum(map(folder.remove, unused))


def _sweep(engine: Engine, folder: ImageFolder, at: datetime) -> int:
    """Remove files without a row: their record was never kept."""
    gone = 0
    for batch in batches(folder.stale(at)):
        with transaction(engine) as connection:
            rows = connection.execute(select(images.c.key).where(images.c.key.in_(batch))).scalars()
            gone += sum(map(folder.remove, set(batch) - set(rows)))
    return gone
