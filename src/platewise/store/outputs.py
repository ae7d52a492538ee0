"""Where events go: the outputs by name, and the deliveries that are on their way or were given up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from platewise.store.paging import Page
from platewise.store.records import Delivery

HEARTBEAT = "Heartbeat"
"""The kind of the events that say only that the server runs."""


@dataclass(frozen=True, slots=True)
class OutputRecord:
    """A place that events are sent to; ``options`` may hold passwords: never show them whole.

    ``events`` are the kinds that it is told, all where there are none. ``disabled`` says why nothing is sent
    there, empty while it is in use.
    """

    name: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    events: tuple[str, ...] = ()
    disabled: str = ""

    def wants(self, kind: str) -> bool:
        """Tell whether it is told events of that kind; heartbeats come to those alone that name them."""
        return not self.disabled and (kind in self.events or (not self.events and kind != HEARTBEAT))


@dataclass(frozen=True, slots=True)
class OutputState:
    """How an output, or a gate's driver, fares: what waits for it and what was given up.

    ``next_at`` is when it is tried next, ``sent_at`` the last success, ``failed_at`` the last failure
    with its ``error``.
    """

    name: str
    waiting: int = 0
    next_at: datetime | None = None
    dead: int = 0
    sent_at: datetime | None = None
    failed_at: datetime | None = None
    error: str = ""


class OutputStore(Protocol):
    """The outputs by name. The drivers of gates are none of them."""

    def outputs(self) -> tuple[OutputRecord, ...]:
        """Return all outputs by name."""

    def output(self, name: str) -> OutputRecord | None:
        """Return one output."""

    def put(self, output: OutputRecord) -> None:
        """Keep or replace an output."""

    def disable(self, name: str, reason: str) -> bool:
        """Send nothing more to an output; tell whether it was in use."""

    def remove(self, name: str) -> bool:
        """Remove an output with all that waits for it or was given up; tell whether it was there."""

    def for_event(self, kind: str) -> tuple[str, ...]:
        """Return the names of the outputs that are told an event of this kind: its ``outputs``."""

    def note(self, name: str, at: datetime, error: str = "") -> None:
        """Note that something reached an output, or why it did not."""

    def states(self) -> tuple[OutputState, ...]:
        """Return by name how everything fares that was ever sent to, or is waited for."""


class Outbox(Protocol):
    """The deliveries of events. One about a plate waits for the earlier ones about it to the same output."""

    def due(self, at: datetime, limit: int = 100) -> tuple[Delivery, ...]:
        """Return deliveries due at that time, oldest event first."""

    def waiting(self, at: datetime) -> tuple[str, ...]:
        """Return the names of the outputs that something can be claimed for, in order."""

    def claim(self, output: str, at: datetime, until: datetime) -> Delivery | None:
        """Take the next delivery due to an output; nobody else is given it before ``until``."""

    def delivered(self, delivery: int) -> None:
        """Take a delivery off the outbox, or off those given up."""

    def postpone(self, delivery: int, due_at: datetime, error: str) -> None:
        """Count a failed attempt and set the time of the next."""

    def release(self, delivery: int, due_at: datetime, error: str) -> None:
        """Give a claimed delivery back without counting an attempt."""

    def bury(self, delivery: int, at: datetime, error: str) -> None:
        """Give a delivery up: it is kept to be looked at, and stands in nobody's way."""

    def dead(self, limit: int = 100, cursor: str | None = None) -> Page[Delivery]:
        """Return one page of the deliveries that were given up, the latest first."""

    def replay(self, delivery: int, at: datetime) -> bool:
        """Have a delivery that was given up tried anew; tell whether there was one."""


def subject_of(payload: Mapping[str, Any]) -> str:
    """Return the plate that an event is about, empty where it is about none."""
    plate = payload.get("plate")
    return plate if isinstance(plate, str) else ""
