"""Everything about one plate: to be shown, or to be gone."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, or_, select

from platewise.store.images import ImageFolder
from platewise.store.matching import mention_of
from platewise.store.queries import Held
from platewise.store.sql import mentions, parked, travelled
from platewise.store.sql.images import forget
from platewise.store.sql.rows import (
    READS,
    audit_record,
    entry_record,
    event_record,
    read_record,
    review_record,
    sighting_record,
)
from platewise.store.sql.schema import audit, entries, events, frames, images, reads, reviews, sightings


def about(connection: Connection, key: str) -> Held:
    """Return everything that is held on a plate."""
    found = mentions.search(connection, key, mention_of(key))
    said = {place.table.name: numbers for place, numbers in found.items()}
    events_ = select(events).where(or_(_is_event(key), events.c.id.in_(said["events"]))).order_by(events.c.id)
    lines = select(audit).where(audit.c.id.in_(said["audit"])).order_by(audit.c.id)
    seen = select(sightings).where(_is_sighting(key)).order_by(sightings.c.id)
    verdicts = select(reviews).where(reviews.c.read_id.in_(_reads(key))).order_by(reviews.c.id)
    listed = select(entries).where(entries.c.normalised == key).order_by(entries.c.id)
    return Held(
        key,
        tuple(map(read_record, connection.execute(READS.where(_is_read(key)).order_by(reads.c.id)))),
        tuple(map(review_record, connection.execute(verdicts))),
        tuple(map(sighting_record, connection.execute(seen))),
        tuple(map(event_record, connection.execute(events_))),
        tuple(map(entry_record, connection.execute(listed))),
        tuple(map(audit_record, connection.execute(lines))),
        tuple(connection.execute(_pictures(key)).scalars()),
        *parked.about(connection, key, said["payments"]),
        *travelled.about(connection, key),
    )


def erase(
    connection: Connection, key: str, found: mentions.Found, folder: ImageFolder
) -> tuple[dict[str, int], int]:
    """Delete what is held on a plate, and blacken its name elsewhere; return counts of rows and pictures."""
    pictures = list(connection.execute(_pictures(key)).scalars())
    gone = sum(map(folder.remove, pictures))
    counts = {"images": forget(connection, pictures)}
    counts |= parked.erase(connection, key) | travelled.erase(connection, key)
    alone = ~select(reads.c.id).where(reads.c.frame_id == frames.c.id, ~_is_read(key)).exists()
    of_plate = frames.c.id.in_(select(reads.c.frame_id).where(_is_read(key)))
    counts["events"] = connection.execute(delete(events).where(_is_event(key))).rowcount
    counts["sightings"] = connection.execute(delete(sightings).where(_is_sighting(key))).rowcount
    empty = list(connection.execute(select(frames.c.id).where(of_plate, alone)).scalars())
    counts["reads"] = connection.execute(delete(reads).where(_is_read(key))).rowcount
    counts["frames"] = sum(connection.execute(delete(frames).where(frames.c.id == n)).rowcount for n in empty)
    counts["entries"] = connection.execute(delete(entries).where(entries.c.normalised == key)).rowcount
    for table, number in mentions.remove(connection, found, mention_of(key)).items():
        counts[table] = counts.get(table, 0) + number
    return {table: number for table, number in counts.items() if number}, gone


def spellings(connection: Connection, key: str) -> set[str]:
    """Return the forms in which a plate is stored."""
    shown = select(reads.c.display, reads.c.raw).where(_is_read(key)).distinct()
    seen = select(sightings.c.display, sightings.c.normalised).where(_is_sighting(key)).distinct()
    return {
        key,
        *(text for query in (shown, seen) for row in connection.execute(query) for text in row if text),
    }


def _is_read(key: str) -> ColumnElement[bool]:
    return reads.c.normalised == key


def _reads(key: str) -> Select[tuple[int]]:
    return select(reads.c.id).where(_is_read(key))


def _is_sighting(key: str) -> ColumnElement[bool]:
    return or_(sightings.c.normalised == key, sightings.c.read_id.in_(_reads(key)))


def _is_event(key: str) -> ColumnElement[bool]:
    return events.c.sighting_id.in_(select(sightings.c.id).where(_is_sighting(key)))


def _pictures(key: str) -> Select[Any]:
    """Select the plate's own pictures and those of the frames that show it, other plates on them or not."""
    crops = select(reads.c.crop).where(_is_read(key))
    whole = select(frames.c.image).where(frames.c.id.in_(select(reads.c.frame_id).where(_is_read(key))))
    return (
        select(images.c.key)
        .where(or_(images.c.key.in_(crops), images.c.key.in_(whole)))
        .order_by(images.c.key)
    )
