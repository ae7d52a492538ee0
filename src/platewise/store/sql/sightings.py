"""Sightings in SQL."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, desc, func, select

from platewise.core.plate import normalise
from platewise.store.forms import plate_columns
from platewise.store.instants import from_micros
from platewise.store.matching import check_limit, key_of
from platewise.store.queries import Page, SightingQuery
from platewise.store.records import NewSighting, SightingRecord
from platewise.store.sql.rows import (
    batched,
    beyond,
    insert_row,
    micros,
    page,
    sighting_record,
    within,
)
from platewise.store.sql.schema import sightings


class SqlSightings:
    """The SightingStore of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, sighting: NewSighting) -> tuple[SightingRecord, bool]:
        """Keep a sighting unless its key is there already."""
        same = select(sightings).where(sightings.c.key == sighting.key)
        there = self._connection.execute(same).first()
        if there is None:
            insert_row(self._connection, sightings, _columns(sighting))
        return sighting_record(there or self._connection.execute(same).one()), there is None

    def keyed(self, keys: Collection[str]) -> tuple[SightingRecord, ...]:
        """Return the sightings with these keys, as far as they are there."""
        some = (select(sightings).where(sightings.c.key.in_(batch)) for batch in batched(keys))
        return tuple(sighting_record(row) for query in some for row in self._connection.execute(query))

    def find(self, query: SightingQuery) -> Page[SightingRecord]:
        """Return one page of sightings."""
        where = within(sightings.c.seen_at, query.since, query.until)
        where += beyond(query.cursor, sightings.c.seen_at, sightings.c.id)
        if query.text is not None:
            where.append(sightings.c.normalised == key_of(query.text))
        if query.camera is not None:
            where.append(sightings.c.camera == query.camera)
        if query.gate is not None:
            where.append(sightings.c.gate == query.gate)
        newest = desc(micros(sightings.c.seen_at)), desc(sightings.c.id)
        some = select(sightings).where(*where).order_by(*newest).limit(check_limit(query.limit) + 1)
        found = [sighting_record(row) for row in self._connection.execute(some)]
        return page(found, query.limit, {s.id: s.seen_at for s in found})

    def latest(
        self, texts: Collection[str], since: datetime | None = None, until: datetime | None = None
    ) -> dict[str, datetime]:
        """Return when each of these plates was last seen, by the text as given."""
        keys = {text: normalise(text) for text in texts}
        wanted = sorted({key for key in keys.values() if key})
        rows = self._connection.execute(
            select(sightings.c.normalised, func.max(micros(sightings.c.seen_at)))
            .where(sightings.c.normalised.in_(wanted), *within(sightings.c.seen_at, since, until))
            .group_by(sightings.c.normalised)
        )
        seen = {key: from_micros(time) for key, time in rows}
        return {text: seen[key] for text, key in keys.items() if key in seen}


def _columns(sighting: NewSighting) -> dict[str, object]:
    return {
        "key": sighting.key,
        "seen_at": sighting.seen_at,
        **plate_columns(sighting.plate),
        "confidence": float(sighting.confidence),
        "camera": sighting.camera,
        "gate": sighting.gate,
        "lane": sighting.lane,
        "direction": sighting.direction,
        "read_id": sighting.read,
    }
