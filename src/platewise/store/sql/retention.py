"""What is too old goes, in short transactions: pictures, then frames with their reads, and all the rest.

Who is still inside is never too old.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import Connection, Engine, Table, and_, delete, or_, select
from sqlalchemy.sql.elements import ColumnElement

from platewise.store.images import ImageFolder
from platewise.store.matching import ANSWERS_LAST
from platewise.store.queries import Removed, Retention
from platewise.store.sql.engine import transaction
from platewise.store.sql.images import BATCH, batches, forget
from platewise.store.sql.schema import answers, events, frames, images, passings, reads, sightings, visits
from platewise.store.sql.toll_schema import journeys, passages

Step = Callable[[Connection], tuple[int, int]]


def expire(engine: Engine, folder: ImageFolder, retention: Retention, at: datetime) -> Removed:
    """Remove what is too old, and pictures that no record names."""
    rows: dict[str, int] = {}
    pictures = 0
    for name, step in _steps(folder, retention, at):
        while True:
            with transaction(engine) as connection:
                count, gone = step(connection)
            rows[name] = rows.get(name, 0) + count
            pictures += gone
            if count < BATCH:
                break
    pictures += _sweep(engine, folder, at)
    return Removed({name: count for name, count in rows.items() if count}, pictures)


def _steps(folder: ImageFolder, retention: Retention, at: datetime) -> Iterable[tuple[str, Step]]:
    if retention.images_before is not None:
        yield "images", _Pictures(folder, images.c.created_at < retention.images_before)
    if retention.reads_before is not None:
        yield "frames", _Frames(folder, retention.reads_before)
        yield "sightings", _Rows(sightings, sightings.c.id, sightings.c.seen_at < retention.reads_before)
        yield "events", _Rows(events, events.c.id, events.c.at < retention.reads_before)
        yield "visits", _Rows(visits, visits.c.id, visits.c.left < retention.reads_before)
        yield "journeys", _Rows(journeys, journeys.c.id, journeys.c.until < retention.reads_before)
        lone = and_(passages.c.at < retention.reads_before, passages.c.journey_id.is_(None))
        yield "passages", _Rows(passages, passages.c.id, lone)
        yield "passings", _Rows(passings, passings.c.id, passings.c.seen_at < retention.reads_before)
    yield "answers", _Rows(answers, answers.c.key, answers.c.at <= at - ANSWERS_LAST)


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
        unused = [key for key in keys if not _is_named(connection, key)]
        forget(connection, unused)
        return count, sum(map(self._folder.remove, unused))


def _is_named(connection: Connection, key: str) -> bool:
    by_frame = select(frames.c.id).where(frames.c.image == key).limit(1)
    by_read = select(reads.c.id).where(reads.c.crop == key).limit(1)
    return any(connection.execute(query).first() for query in (by_frame, by_read))


def _sweep(engine: Engine, folder: ImageFolder, at: datetime) -> int:
    """Remove files without a row: their record was never kept."""
    gone = 0
    for batch in batches(folder.stale(at)):
        with transaction(engine) as connection:
            rows = connection.execute(select(images.c.key).where(images.c.key.in_(batch))).scalars()
            gone += sum(map(folder.remove, set(batch) - set(rows)))
    return gone
