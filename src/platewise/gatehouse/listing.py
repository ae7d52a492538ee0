"""Which lists a vehicle is on. Readings err: where only listed vehicles may enter, the odds decide."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from platewise.errors import InputError
from platewise.register.opening import Costs, Strangers, decide
from platewise.register.readings import Reading
from platewise.register.values import Listed, LotState, Sighting
from platewise.store.paging import each
from platewise.store.protocol import Unit
from platewise.store.queries import MOST, EntryQuery
from platewise.store.records import ReadRecord, SightingRecord
from platewise.store.site import EntryRecord, Gate

STRANGERS = 10_000
"""The vehicles on no list that may come, where a gate's option ``strangers`` does not say."""


def check_presence(unit: Unit, options: Mapping[str, Any]) -> None:
    """Raise InputError where an output is to tell who of a list is inside, and there is no such list."""
    known = [one.name for one in unit.lists.lists()]
    for name in options.get("presence") or ():
        if name not in known:
            told = ", ".join(known) or "none yet"
            raise InputError(f"option presence: there is no list {name!r}; there are {told}")


def listed(unit: Unit, text: str, at: datetime) -> tuple[Listed, ...]:
    """Return the lists that a plate is on at a time, by its text."""
    matches = unit.lists.matches(text, at) if text else ()
    return tuple(Listed(match.list.name, match.list.kind) for match in matches)


def seen_at_gate(unit: Unit, sighting: SightingRecord, record: ReadRecord, gate: Gate) -> Sighting:
    """Return a sighting as the register knows it, with the lists that its plate is on."""
    return Sighting(
        key=sighting.key,
        seen_at=sighting.seen_at.astimezone(UTC),
        reading=Reading.of(record.normalised, record.lattice),
        gate=gate.name,
        direction=gate.direction,
        confidence=sighting.confidence,
        lists=listed(unit, record.normalised, sighting.seen_at),
        read=record.id,
    )


def listed_by_odds(unit: Unit, reading: Reading, at: datetime, gate: Gate, state: LotState) -> str | None:
    """Return the allowed plate that a reading shows, though a sign was misread; None where none is sure.

    It is asked only where nobody else may enter: elsewhere it would change nothing.
    """
    if not state.lot.policy.allowed_only or gate.direction == "out":
        return None
    seen = (visit.plate for visit in state.visits.values())
    strangers = Strangers.like(seen, int(gate.options.get("strangers", STRANGERS)))
    told = decide(reading, _allowed(unit, at), strangers, state.lot.policy.misreads, Costs())
    return told.plate if told.open else None


def _allowed(unit: Unit, at: datetime) -> Iterator[str]:
    """Yield the plates of all allowed lists that hold at a time."""
    for plates in unit.lists.lists():
        if plates.kind == "allowed":
            yield from (e.normalised for e in _entries(unit, plates.name) if _holds(e, at))


def _entries(unit: Unit, name: str) -> Iterator[EntryRecord]:
    return each(lambda cursor: unit.lists.entries(EntryQuery(name, limit=MOST, cursor=cursor)))


def _holds(entry: EntryRecord, at: datetime) -> bool:
    begun = entry.valid_from is None or entry.valid_from <= at
    return begun and (entry.valid_until is None or at < entry.valid_until)
