"""Alerts in SQL."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, desc, func, insert, select, update

from platewise.errors import InputError
from platewise.store.alerts import AlertQuery, AlertRecord, NewAlert
from platewise.store.instants import to_micros
from platewise.store.matching import check_limit
from platewise.store.paging import Page
from platewise.store.sql.alert_schema import alerts
from platewise.store.sql.rows import beyond, event_record, is_number, micros, page, within
from platewise.store.sql.schema import events

_OWN = [column for column in alerts.c if column.name not in ("event_id", "at")]
_ALERTS: Select[Any] = select(events, alerts.c.at.label("alerted_at"), *_OWN).join(
    events, alerts.c.event_id == events.c.id
)


class SqlAlerts:
    """The AlertStore of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, alert: NewAlert) -> AlertRecord:
        """Keep an alert of an event."""
        there = select(events.c.id).where(events.c.id == alert.event)
        if not is_number(alert.event) or self._connection.execute(there).first() is None:
            raise InputError(f"there is no event {alert.event}")
        names = {"list": alert.list, "plate": alert.plate, "place": alert.place}
        times = {"at": alert.at, "last_at": alert.at}
        self._connection.execute(insert(alerts).values(event_id=alert.event, **names, **times))
        return _record(self._connection.execute(_ALERTS.where(alerts.c.event_id == alert.event)).one())

    def get(self, number: int) -> AlertRecord | None:
        """Return one alert."""
        one = _ALERTS.where(alerts.c.event_id == number)
        row = self._connection.execute(one).first() if is_number(number) else None
        return _record(row) if row else None

    def find(self, query: AlertQuery) -> Page[AlertRecord]:
        """Return one page of alerts."""
        where = within(alerts.c.at, query.since, query.until)
        where += beyond(query.cursor, alerts.c.at, alerts.c.event_id)
        if query.open is not None:
            done = alerts.c.acknowledged_at
            where.append(done.is_(None) if query.open else done.is_not(None))
        if query.list is not None:
            where.append(alerts.c.list == query.list)
        newest = desc(micros(alerts.c.at)), desc(alerts.c.event_id)
        some = _ALERTS.where(*where).order_by(*newest).limit(check_limit(query.limit) + 1)
        found = [_record(row) for row in self._connection.execute(some)]
        return page(found, query.limit, {one.id: one.at for one in found})

    def waiting(self) -> int:
        """Return how many nobody has acknowledged."""
        open_ = select(func.count()).select_from(alerts).where(alerts.c.acknowledged_at.is_(None))
        return int(self._connection.execute(open_).scalar_one())

    def extend(self, alert: NewAlert, window: timedelta) -> bool:
        """Tell whether its passage is known, and let that last until now."""
        same = alerts.c.list == alert.list, alerts.c.plate == alert.plate, alerts.c.place == alert.place
        near = (
            micros(alerts.c.at) <= to_micros(alert.at + window),
            micros(alerts.c.last_at) >= to_micros(alert.at - window),
        )
        newest = select(alerts.c.event_id, alerts.c.last_at).where(*same, *near)
        row = self._connection.execute(newest.order_by(desc(micros(alerts.c.last_at)))).first()
        if row is None:
            return False
        later = update(alerts).where(alerts.c.event_id == row.event_id)
        self._connection.execute(later.values(last_at=max(row.last_at, alert.at)))
        return True

    def acknowledge(self, number: int, user: str, at: datetime) -> bool:
        """Note who has seen to an alert; tell whether it was open."""
        open_ = alerts.c.event_id == number, alerts.c.acknowledged_at.is_(None)
        done = update(alerts).where(*open_).values(acknowledged_at=at, acknowledged_by=user)
        return is_number(number) and self._connection.execute(done).rowcount > 0


def _record(row: Row[Any]) -> AlertRecord:
    seen = row.alerted_at, row.last_at, row.acknowledged_at, row.acknowledged_by
    return AlertRecord(event_record(row), row.list, row.plate, row.place, *seen)
