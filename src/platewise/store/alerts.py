"""Alerts in the store: a listed plate was likely seen. Each belongs to an event, and goes with it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from platewise.store.paging import Page
from platewise.store.records import EventRecord


@dataclass(frozen=True, slots=True)
class NewAlert:
    """An alert to keep: of which list and which plate on it, where (a gate, or a camera alone) and when."""

    event: int
    list: str
    plate: str
    place: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """A stored alert. ``last_at`` is when the vehicle was last seen in the same passage.

    Whoever has seen to it is ``acknowledged_by``; None while nobody has.
    """

    event: EventRecord
    list: str
    plate: str
    place: str
    at: datetime
    last_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None

    @property
    def id(self) -> int:
        """Its number, which is its event's."""
        return self.event.id


@dataclass(frozen=True, slots=True)
class AlertQuery:
    """Which alerts, newest first; ``open`` are those that nobody has acknowledged."""

    open: bool | None = None
    list: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 50
    cursor: str | None = None


class AlertStore(Protocol):
    """The alerts."""

    def add(self, alert: NewAlert) -> AlertRecord:
        """Keep an alert of an event; ``InputError`` where there is no such event."""

    def get(self, number: int) -> AlertRecord | None:
        """Return one alert."""

    def find(self, query: AlertQuery) -> Page[AlertRecord]:
        """Return one page of alerts."""

    def waiting(self) -> int:
        """Return how many nobody has acknowledged."""

    def extend(self, alert: NewAlert, window: timedelta) -> bool:
        """Tell whether its passage is known: the same list, plate and place, hardly apart in time.

        Then the known one lasts until now; the event of ``alert`` does not matter.
        """

    def acknowledge(self, number: int, user: str, at: datetime) -> bool:
        """Note who has seen to an alert; tell whether it was open."""
