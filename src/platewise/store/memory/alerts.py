"""Alerts and calibrations in dicts."""

from dataclasses import replace
from datetime import datetime, timedelta

from platewise.errors import Conflict, InputError
from platewise.store.alerts import AlertQuery, AlertRecord, NewAlert
from platewise.store.calibrations import CalibrationRecord
from platewise.store.memory.tables import Tables, check, newest_first, within
from platewise.store.paging import Page
from platewise.store.records import EventRecord


class MemoryAlerts:
    """The AlertStore of one unit."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, alert: NewAlert) -> AlertRecord:
        """Keep an alert of an event."""
        event = self._tables.all(EventRecord).get(alert.event)
        if event is None:
            raise InputError(f"there is no event {alert.event}")
        if alert.event in self._tables.all(AlertRecord):
            raise Conflict("this contradicts what is stored")
        kept = AlertRecord(event, alert.list, alert.plate, alert.place, alert.at, alert.at)
        self._tables.put(kept.id, kept)
        return kept

    def get(self, number: int) -> AlertRecord | None:
        """Return one alert."""
        return self._tables.all(AlertRecord).get(number)

    def find(self, query: AlertQuery) -> Page[AlertRecord]:
        """Return one page of alerts."""
        check(query)
        found = [
            alert
            for alert in self._tables.all(AlertRecord).values()
            if within(alert.at, query.since, query.until)
            and query.open in (None, alert.acknowledged_at is None)
            and query.list in (None, alert.list)
        ]
        return newest_first(found, lambda alert: alert.at, query.limit, query.cursor)

    def waiting(self) -> int:
        """Return how many nobody has acknowledged."""
        return sum(alert.acknowledged_at is None for alert in self._tables.all(AlertRecord).values())

    def extend(self, alert: NewAlert, window: timedelta) -> bool:
        """Tell whether its passage is known, and let that last until now."""
        same = [
            one
            for one in self._tables.all(AlertRecord).values()
            if (one.list, one.plate, one.place) == (alert.list, alert.plate, alert.place)
            and one.at - window <= alert.at <= one.last_at + window
        ]
        known = max(same, key=lambda one: one.last_at, default=None)
        if known is None:
            return False
        self._tables.put(known.id, replace(known, last_at=max(known.last_at, alert.at)))
        return True

    def acknowledge(self, number: int, user: str, at: datetime) -> bool:
        """Note who has seen to an alert; tell whether it was open."""
        alert = self.get(number)
        if alert is None or alert.acknowledged_at is not None:
            return False
        self._tables.put(number, replace(alert, acknowledged_at=at, acknowledged_by=user))
        return True


class MemoryCalibrations:
    """The CalibrationStore of one unit."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def apply(self, text: str, user: str, at: datetime) -> CalibrationRecord:
        """Keep a calibration, which holds from now on."""
        kept = CalibrationRecord(self._tables.number(CalibrationRecord), at, user, text)
        self._tables.put(kept.id, kept)
        return kept

    def current(self) -> CalibrationRecord | None:
        """Return the one that holds."""
        return next((one for one in self.all() if one.withdrawn_at is None), None)

    def all(self) -> tuple[CalibrationRecord, ...]:
        """Return all, the latest first."""
        kept = self._tables.all(CalibrationRecord)
        return tuple(kept[number] for number in sorted(kept, reverse=True))

    def withdraw(self, at: datetime) -> CalibrationRecord | None:
        """Take the one that holds back; return it."""
        held = self.current()
        if held:
            self._tables.put(held.id, replace(held, withdrawn_at=at))
        return held
