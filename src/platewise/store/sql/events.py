"""Events and the outbox in SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from platewise.errors import InputError
from platewise.store.matching import check_limit
from platewise.store.records import Delivery, EventRecord, NewEvent
from platewise.store.sql.rows import event_record, insert_row, is_number
from platewise.store.sql.schema import events, outbox

_DELIVERIES = select(
    events,
    outbox.c.id.label("delivery"),
    outbox.c.output,
    outbox.c.attempts,
    outbox.c.due_at,
    outbox.c.error,
).join(events, outbox.c.event_id == events.c.id)


class SqlEvents:
    """The EventStore of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, event: NewEvent) -> EventRecord:
        """Keep an event and a delivery of it for each of its outputs."""
        payload = dict(event.payload)
        values = {"kind": event.kind, "at": event.at, "payload": payload, "sighting_id": event.sighting}
        number = insert_row(self._connection, events, values)
        shared = {"event_id": number, "attempts": 0, "due_at": event.at, "error": ""}
        if deliveries := [{**shared, "output": output} for output in event.outputs]:
            self._connection.execute(insert(outbox), deliveries)
        return EventRecord(number, event.kind, event.at, payload, event.sighting)

    def after(self, event: int, limit: int = 100) -> tuple[EventRecord, ...]:
        """Return the events that followed an event, oldest first."""
        if not -1 < event < 2**63:
            return ()
        some = select(events).where(events.c.id > event).order_by(events.c.id).limit(check_limit(limit))
        return tuple(map(event_record, self._connection.execute(some)))

    def newest(self) -> int:
        """Return the number of the newest event."""
        return self._connection.execute(select(func.max(events.c.id))).scalar_one() or 0

    def due(self, at: datetime, limit: int = 100) -> tuple[Delivery, ...]:
        """Return deliveries due at that time, oldest event first."""
        some = _DELIVERIES.where(outbox.c.due_at <= at).order_by(outbox.c.event_id, outbox.c.id)
        return tuple(map(_delivery, self._connection.execute(some.limit(check_limit(limit)))))

    def delivered(self, delivery: int) -> None:
        """Take a delivery off the outbox."""
        if is_number(delivery):
            self._connection.execute(delete(outbox).where(outbox.c.id == delivery))

    def postpone(self, delivery: int, due_at: datetime, error: str) -> None:
        """Count a failed attempt and set the time of the next."""
        values = {"attempts": outbox.c.attempts + 1, "due_at": due_at, "error": error}
        change = update(outbox).where(outbox.c.id == delivery).values(values)
        if not is_number(delivery) or self._connection.execute(change).rowcount == 0:
            raise InputError(f"there is no delivery {delivery}")


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(row.delivery, event_record(row), row.output, row.attempts, row.due_at, row.error)
