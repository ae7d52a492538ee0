"""Outputs and the outbox in dicts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from platewise.errors import InputError
from platewise.store.matching import check_limit
from platewise.store.memory.tables import Tables, by_name, newest_first
from platewise.store.outputs import OutputRecord, OutputState, subject_of
from platewise.store.paging import Page
from platewise.store.records import Delivery


class MemoryOutputs:
    """The OutputStore of one unit."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def outputs(self) -> tuple[OutputRecord, ...]:
        """Return all outputs by name."""
        return by_name(self._tables.all(OutputRecord).values())

    def output(self, name: str) -> OutputRecord | None:
        """Return one output."""
        return self._tables.all(OutputRecord).get(name)

    def put(self, output: OutputRecord) -> None:
        """Keep or replace an output."""
        self._tables.put(output.name, output)

    def disable(self, name: str, reason: str) -> bool:
        """Send nothing more to an output; tell whether it was in use."""
        output = self.output(name)
        if output is None or output.disabled:
            return False
        self.put(replace(output, disabled=reason))
        return True

    def remove(self, name: str) -> bool:
        """Remove an output with all that waits for it or was given up; tell whether it was there."""
        for delivery in tuple(self._tables.all(Delivery).values()):
            if delivery.output == name:
                self._tables.drop(Delivery, delivery.id)
        self._tables.drop(OutputState, name)
        return self._tables.drop(OutputRecord, name)

    def for_event(self, kind: str) -> tuple[str, ...]:
        """Return the names of the outputs that are told an event of this kind."""
        return tuple(output.name for output in self.outputs() if output.wants(kind))

    def note(self, name: str, at: datetime, error: str = "") -> None:
        """Note that something reached an output, or why it did not."""
        state = self._tables.all(OutputState).get(name, OutputState(name))
        told: dict[str, Any] = {"failed_at": at, "error": error} if error else {"sent_at": at}
        self._tables.put(name, replace(state, **told))

    def states(self) -> tuple[OutputState, ...]:
        """Return by name how everything fares that was ever sent to, or is waited for."""
        found = dict(self._tables.all(OutputState))
        for one in self._tables.all(Delivery).values():
            state = found.get(one.output, OutputState(one.output))
            waits = {"waiting": state.waiting + 1, "next_at": min(state.next_at or one.due_at, one.due_at)}
            more: dict[str, Any] = {"dead": state.dead + 1} if one.dead_at else waits
            found[one.output] = replace(state, **more)
        return by_name(found.values())


class MemoryOutbox:
    """The Outbox of one unit."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def due(self, at: datetime, limit: int = 100) -> tuple[Delivery, ...]:
        """Return deliveries due at that time, oldest event first."""
        due = [delivery for delivery in self._waiting() if delivery.due_at <= at]
        return tuple(sorted(due, key=lambda d: (d.event.id, d.id))[: check_limit(limit)])

    def waiting(self, at: datetime) -> tuple[str, ...]:
        """Return the names of the outputs that something can be claimed for."""
        return tuple(sorted({delivery.output for delivery in self._ready(at)}))

    def claim(self, output: str, at: datetime, until: datetime) -> Delivery | None:
        """Take the next delivery due to an output; nobody else is given it before ``until``."""
        next_ = next((delivery for delivery in self._ready(at) if delivery.output == output), None)
        if next_:
            self._change(next_.id, due_at=until)
        return next_

    def delivered(self, delivery: int) -> None:
        """Take a delivery off the outbox, or off those given up."""
        self._tables.drop(Delivery, delivery)

    def postpone(self, delivery: int, due_at: datetime, error: str) -> None:
        """Count a failed attempt and set the time of the next."""
        self._change(delivery, failed=1, due_at=due_at, error=error)

    def release(self, delivery: int, due_at: datetime, error: str) -> None:
        """Give a claimed delivery back without counting an attempt."""
        self._change(delivery, due_at=due_at, error=error)

    def bury(self, delivery: int, at: datetime, error: str) -> None:
        """Give a delivery up."""
        self._change(delivery, failed=1, dead_at=at, error=error)

    def dead(self, limit: int = 100, cursor: str | None = None) -> Page[Delivery]:
        """Return one page of the deliveries that were given up, the latest first."""
        gone = [delivery for delivery in self._tables.all(Delivery).values() if delivery.dead_at]
        return newest_first(gone, lambda delivery: delivery.dead_at or delivery.due_at, limit, cursor)

    def replay(self, delivery: int, at: datetime) -> bool:
        """Have a delivery that was given up tried anew; tell whether there was one."""
        kept = self._tables.all(Delivery).get(delivery)
        if kept is None or not kept.dead_at:
            return False
        self._tables.put(delivery, replace(kept, dead_at=None, due_at=at, attempts=0))
        return True

    def _ready(self, at: datetime) -> Iterator[Delivery]:
        """Yield what is due and waits for no earlier delivery about the same plate to the same output."""
        before: set[tuple[str, str]] = set()
        for delivery in sorted(self._waiting(), key=lambda d: d.id):
            subject = delivery.output, subject_of(delivery.event.payload)
            if delivery.due_at <= at and subject not in before:
                yield delivery
            if subject[1]:
                before.add(subject)

    def _waiting(self) -> list[Delivery]:
        return [delivery for delivery in self._tables.all(Delivery).values() if not delivery.dead_at]

    def _change(self, delivery: int, failed: int = 0, **values: Any) -> None:
        kept = self._tables.all(Delivery).get(delivery)
        if kept is None:
            raise InputError(f"there is no delivery {delivery}")
        self._tables.put(delivery, replace(kept, attempts=kept.attempts + failed, **values))
