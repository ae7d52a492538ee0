"""The outbox in SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, desc, exists, select, update

from platewise.errors import InputError
from platewise.store.instants import to_micros
from platewise.store.matching import check_limit
from platewise.store.paging import Page
from platewise.store.records import Delivery
from platewise.store.sql.outbox_schema import outbox
from platewise.store.sql.rows import beyond, event_record, is_number, micros, page
from platewise.store.sql.schema import events

_DELIVERIES: Select[Any] = select(
    events,
    outbox.c.id.label("delivery"),
    outbox.c.output,
    outbox.c.attempts,
    outbox.c.due_at,
    outbox.c.error,
    outbox.c.dead_at,
).join(events, outbox.c.event_id == events.c.id)
_WAITS = outbox.c.dead_at.is_(None)
_earlier = outbox.alias("earlier")
_FIRST = (outbox.c.subject == "") | ~exists().where(
    _earlier.c.output == outbox.c.output,
    _earlier.c.dead_at.is_(None),
    _earlier.c.subject == outbox.c.subject,
    _earlier.c.id < outbox.c.id,
)
"""Holds for a delivery with no earlier one about the same plate to the same output."""


class SqlOutbox:
    """The Outbox of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def due(self, at: datetime, limit: int = 100) -> tuple[Delivery, ...]:
        """Return deliveries due at that time, oldest event first."""
        some = _DELIVERIES.where(_WAITS, outbox.c.due_at <= at).order_by(outbox.c.event_id, outbox.c.id)
        return tuple(map(_delivery, self._connection.execute(some.limit(check_limit(limit)))))

    def waiting(self, at: datetime) -> tuple[str, ...]:
        """Return the names of the outputs that something can be claimed for."""
        due = select(outbox.c.output).where(_WAITS, outbox.c.due_at <= at).distinct()
        names = sorted(self._connection.execute(due).scalars())
        return tuple(name for name in names if self._connection.execute(_claimable(name, at)).first())

    def claim(self, output: str, at: datetime, until: datetime) -> Delivery | None:
        """Take the next delivery due to an output; nobody else is given it before ``until``."""
        number = self._connection.execute(_claimable(output, at).order_by(outbox.c.id)).scalar()
        if number is None:
            return None
        row = self._connection.execute(_DELIVERIES.where(outbox.c.id == number)).one()
        self._change(number, due_at=until)
        return _delivery(row)

    def delivered(self, delivery: int) -> None:
        """Take a delivery off the outbox, or off those given up."""
        if is_number(delivery):
            self._connection.execute(delete(outbox).where(outbox.c.id == delivery))

    def postpone(self, delivery: int, due_at: datetime, error: str) -> None:
        """Count a failed attempt and set the time of the next."""
        self._change(delivery, attempts=outbox.c.attempts + 1, due_at=due_at, error=error)

    def release(self, delivery: int, due_at: datetime, error: str) -> None:
        """Give a claimed delivery back without counting an attempt."""
        self._change(delivery, due_at=due_at, error=error)

    def bury(self, delivery: int, at: datetime, error: str) -> None:
        """Give a delivery up."""
        self._change(delivery, attempts=outbox.c.attempts + 1, dead_at=at, error=error)

    def dead(self, limit: int = 100, cursor: str | None = None) -> Page[Delivery]:
        """Return one page of the deliveries that were given up, the latest first."""
        gone = [outbox.c.dead_at.is_not(None), *beyond(cursor, outbox.c.dead_at, outbox.c.id)]
        latest = desc(micros(outbox.c.dead_at)), desc(outbox.c.id)
        some = _DELIVERIES.where(*gone).order_by(*latest).limit(check_limit(limit) + 1)
        found = [_delivery(row) for row in self._connection.execute(some)]
        return page(found, limit, {one.id: one.dead_at for one in found if one.dead_at})

    def replay(self, delivery: int, at: datetime) -> bool:
        """Have a delivery that was given up tried anew; tell whether there was one."""
        gone = outbox.c.id == delivery, outbox.c.dead_at.is_not(None)
        anew = update(outbox).where(*gone).values(dead_at=None, due_at=at, attempts=0)
        return is_number(delivery) and self._connection.execute(anew).rowcount > 0

    def _change(self, delivery: int, **values: Any) -> None:
        change = update(outbox).where(outbox.c.id == delivery).values(values)
        if not is_number(delivery) or self._connection.execute(change).rowcount == 0:
            raise InputError(f"there is no delivery {delivery}")


def _claimable(output: str, at: datetime) -> Select[Any]:
    """Select one delivery that is due to an output and waits for no other.

    The time is compared as a sum, so that the database goes through the output's own index in its order.
    """
    due = micros(outbox.c.due_at) + 0 <= to_micros(at)
    return select(outbox.c.id).where(outbox.c.output == output, _WAITS, due, _FIRST).limit(1)


def _delivery(row: Row[Any]) -> Delivery:
    shared = row.output, row.attempts, row.due_at, row.error, row.dead_at
    return Delivery(row.delivery, event_record(row), *shared)
