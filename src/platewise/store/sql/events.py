"""Events and the outbox in SQL."""

from collections.abc import Collection

from sqlalchemy import func, insert, select, text

from platewise import clock
from platewise.store.matching import check_limit
from platewise.store.outputs import subject_of
from platewise.store.records import EventRecord, NewEvent
from platewise.store.sql.listening import CHANNEL
from platewise.store.sql.outbox import SqlOutbox
from platewise.store.sql.outbox_schema import outbox
from platewise.store.sql.rows import event_record, insert_row
from platewise.store.sql.schema import events, sightings

_TELL = text(f"NOTIFY {CHANNEL}")
"""Wakes the servers at the commit, once however often it is said."""


class SqlEvents(SqlOutbox):
    """The EventStore of one transaction."""

    def add(self, event: NewEvent) -> EventRecord:
        """Keep an event and a delivery of it for each of its outputs."""
        payload = dict(event.payload)
        values = {"kind": event.kind, "at": event.at, "payload": payload, "sighting_id": event.sighting}
        number = insert_row(self._connection, events, values)
        shared = {"event_id": number, "attempts": 0, "due_at": min(event.at, clock.now()), "error": ""}
        shared["subject"] = subject_of(payload)
        if deliveries := [{**shared, "output": output} for output in event.outputs]:
            self._connection.execute(insert(outbox), deliveries)
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(_TELL)
        return EventRecord(number, event.kind, event.at, payload, event.sighting)

    def after(self, event: int, limit: int = 100) -> tuple[EventRecord, ...]:
        """Return the events that followed an event, oldest first."""
        if not -1 < event < 2**63:
            return ()
        some = select(events).where(events.c.id > event).order_by(events.c.id).limit(check_limit(limit))
        return tuple(map(event_record, self._connection.execute(some)))

    def of(self, sightings: Collection[int]) -> tuple[EventRecord, ...]:
        """Return the events of these sightings, oldest first."""
        some = select(events).where(events.c.sighting_id.in_(sightings)).order_by(events.c.id)
        return tuple(map(event_record, self._connection.execute(some)))

    def of_reads(self, reads: Collection[int]) -> dict[int, tuple[EventRecord, ...]]:
        """Return the events of the sightings that these reads show best, oldest first."""
        shown = select(events, sightings.c.read_id).join(sightings, events.c.sighting_id == sightings.c.id)
        found: dict[int, tuple[EventRecord, ...]] = dict.fromkeys(reads, ())
        for row in self._connection.execute(
            shown.where(sightings.c.read_id.in_(reads)).order_by(events.c.id)
        ):
            found[row.read_id] += (event_record(row),)
        return found

    def newest(self) -> int:
        """Return the number of the newest event."""
        return self._connection.execute(select(func.max(events.c.id))).scalar_one() or 0
