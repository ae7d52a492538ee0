"""Sightings, events and the outbox in dicts."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from platewise import clock
from platewise.core.plate import normalise
from platewise.errors import Conflict
from platewise.store.forms import plate_columns
from platewise.store.matching import check_limit, key_of
from platewise.store.memory.outbox import MemoryOutbox
from platewise.store.memory.tables import Tables, check, newest_first, within
from platewise.store.queries import Page, SightingQuery
from platewise.store.records import (
    Delivery,
    EventRecord,
    NewEvent,
    NewSighting,
    ReadRecord,
    SightingRecord,
)


class MemorySightings:
    """The SightingStore of one unit."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def save(self, sighting: NewSighting) -> tuple[SightingRecord, bool]:
        """Keep a sighting unless its key is there already."""
        for there in self._tables.all(SightingRecord).values():
            if there.key == sighting.key:
                return there, False
        if sighting.read is not None and sighting.read not in self._tables.all(ReadRecord):
            raise Conflict("this contradicts what is stored")
        kept = SightingRecord(
            id=self._tables.number(SightingRecord),
            key=sighting.key,
            seen_at=sighting.seen_at,
            **plate_columns(sighting.plate),  # type: ignore[arg-type]
            confidence=sighting.confidence,
            camera=sighting.camera,
            gate=sighting.gate,
            lane=sighting.lane,
            direction=sighting.direction,
            read=sighting.read,
        )
        self._tables.put(kept.id, kept)
        return kept, True

    def keyed(self, keys: Collection[str]) -> tuple[SightingRecord, ...]:
        """Return the sightings with these keys, as far as they are there."""
        return tuple(one for one in self._tables.all(SightingRecord).values() if one.key in keys)

    def find(self, query: SightingQuery) -> Page[SightingRecord]:
        """Return one page of sightings."""
        check(replace(query, text=None))  # what is no sign in it is not compared
        key = None if query.text is None else key_of(query.text)
        found = [
            sighting
            for sighting in self._tables.all(SightingRecord).values()
            if within(sighting.seen_at, query.since, query.until)
            and key in (None, sighting.normalised)
            and query.camera in (None, sighting.camera)
            and query.gate in (None, sighting.gate)
        ]
        return newest_first(found, lambda sighting: sighting.seen_at, query.limit, query.cursor)

    def latest(
        self, texts: Collection[str], since: datetime | None = None, until: datetime | None = None
    ) -> dict[str, datetime]:
        """Return when each of these plates was last seen, by the text as given."""
        seen: dict[str, datetime] = {}
        for sighting in self._tables.all(SightingRecord).values():
            if sighting.normalised and within(sighting.seen_at, since, until):
                before = seen.get(sighting.normalised, sighting.seen_at)
                seen[sighting.normalised] = max(before, sighting.seen_at)
        return {text: seen[normalise(text)] for text in texts if normalise(text) in seen}


class MemoryEvents(MemoryOutbox):
    """The EventStore of one unit."""

    def add(self, event: NewEvent) -> EventRecord:
        """Keep an event and a delivery of it for each of its outputs."""
        if event.sighting is not None and event.sighting not in self._tables.all(SightingRecord):
            raise Conflict("this contradicts what is stored")
        number = self._tables.number(EventRecord)
        kept = EventRecord(number, event.kind, event.at, dict(event.payload), event.sighting)
        self._tables.put(number, kept)
        for output in event.outputs:
            delivery = self._tables.number(Delivery)
            self._tables.put(delivery, Delivery(delivery, kept, output, 0, min(event.at, clock.now()), ""))
        return kept

    def after(self, event: int, limit: int = 100) -> tuple[EventRecord, ...]:
        """Return the events that followed an event, oldest first."""
        later = [kept for number, kept in sorted(self._tables.all(EventRecord).items()) if number > event]
        return tuple(later[: check_limit(limit)])

    def of(self, sightings: Collection[int]) -> tuple[EventRecord, ...]:
        """Return the events of these sightings, oldest first."""
        return tuple(e for _, e in sorted(self._tables.all(EventRecord).items()) if e.sighting in sightings)

    def of_reads(self, reads: Collection[int]) -> dict[int, tuple[EventRecord, ...]]:
        """Return the events of the sightings that these reads show best, oldest first."""
        shown = {s.id: s.read for s in self._tables.all(SightingRecord).values() if s.read in reads}
        found: dict[int, tuple[EventRecord, ...]] = dict.fromkeys(reads, ())
        for event in self.of(shown.keys()):
            read = shown[event.sighting or 0]
            assert read is not None
            found[read] += (event,)
        return found

    def newest(self) -> int:
        """Return the number of the newest event."""
        return max(self._tables.all(EventRecord), default=0)
