"""What an event says, and who is told."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from platewise.register import review
from platewise.register.values import Decision, Event, LotState, Visit
from platewise.store.parking import VisitQuery
from platewise.store.protocol import Unit
from platewise.store.records import EventRecord, NewEvent, ReadRecord, SightingRecord

CHANGED = "Changed"
SHOWING = ("mqtt",)
"""The kinds of outputs that show how things stand, beside what happens."""


class Outcome(NamedTuple):
    """What a read or a person did: the ``kind`` of its event and, at a car park, what became of it there.

    ``visit`` is the number of the visit concerned, ``free`` how many places were free afterwards.
    """

    read: int | None
    kind: str
    plate: str | None
    display: str | None
    lot: str | None
    visit: int | None
    reason: str
    free: int | None
    gate: str | None


def tell(unit: Unit, event: NewEvent) -> EventRecord:
    """Keep an event, and let every output be told that wants events of its kind."""
    return unit.events.add(replace(event, outputs=(*unit.outputs.for_event(event.kind), *event.outputs)))


def tell_lost(unit: Unit, lot: str, decision: Decision, at: datetime) -> None:
    """Tell of each stay that a decision which was just kept gives up, whoever did that."""
    lost = decision.lost
    after = unit.lots.state(lot, at, [visit.id for visit in lost])
    for visit in lost:
        plate = visit.plate or None
        told = {
            "plate": plate,
            "display": plate,
            "seen_at": at.isoformat(),
            "user": decision.audit.user if decision.audit else None,
            **about(unit, Event("Lost", at, visit.id, visit.plate, visit.id, review.LOST), lot, after),
        }
        if plate and _is_inside(unit, plate):
            told["vehicle"] = None  # it is inside after all, in another car park
        tell(unit, NewEvent("Lost", at, told))


def changed_by_hand(unit: Unit, lot: str, at: datetime, user: str, decision: Decision | None = None) -> None:
    """Tell live pages that a person changed something, and those outputs that show how things stand.

    No other output is told, as no vehicle did anything.
    """
    state = unit.lots.state(lot, at)
    told = {"lot": lot, "free": state.free, "capacity": state.lot.capacity, "user": user}
    showing = tuple(one.name for one in unit.outputs.outputs() if one.kind in SHOWING and one.wants("Left"))
    vehicles = moved(unit, decision) if decision else {}
    unit.events.add(NewEvent(CHANGED, at, {**told, **vehicles}, outputs=showing))


def moved(unit: Unit, decision: Decision) -> dict[str, Any]:
    """Return which listed vehicles a decision that was just kept brings in or out, beside that of its event.

    A correction takes one plate out and another in; an exit that is paired anew leaves its former entry open.
    """
    event, lost = decision.event, decision.lost
    told = {c.after.plate for c in decision.changes if event and c.after and c.after.id == event.visit}
    before, after = _inside(c.before for c in decision.changes), _inside(c.after for c in decision.changes)
    come = after.keys() - before.keys() - told
    gone = before.keys() - after.keys() - told - {visit.plate for visit in lost}
    gone = {plate for plate in gone if not _is_inside(unit, plate)}
    found = [{"vehicle": plate, "lists": after[plate], "inside": True} for plate in sorted(come)]
    found += [{"vehicle": plate, "lists": before[plate], "inside": False} for plate in sorted(gone)]
    return {"vehicles": found} if found else {}


def _inside(visits: Iterable[Visit | None]) -> dict[str, list[str]]:
    """Return the plates of open stays that are on lists, with those."""
    here = (visit for visit in visits if visit and visit.state == "inside" and visit.plate)
    listed = {visit.plate: _lists(visit) for visit in here}
    return {plate: lists for plate, lists in listed.items() if lists}


def _is_inside(unit: Unit, plate: str) -> bool:
    return bool(unit.lots.visits(VisitQuery(states=("inside",), plate=plate, limit=1)).items)


def about(unit: Unit, event: Event, lot: str, after: LotState) -> dict[str, Any]:
    """Return what an event says about its car park."""
    return {
        "lot": lot,
        "visit": unit.lots.number(event.visit) if event.visit else None,
        "direction": None,
        "gate": None,
        "reason": event.reason,
        "free": after.free,
        "capacity": after.lot.capacity,
        **_vehicle(after.visits.get(event.visit or "")),
    }


def _vehicle(visit: Visit | None) -> dict[str, Any]:
    """Return whose stay it is: the plate most to be believed, and the lists that it is on."""
    if visit is None:
        return {}
    return {"vehicle": visit.plate or None, "lists": _lists(visit)}


def _lists(visit: Visit) -> list[str]:
    return sorted({one.name for seen in (visit.entry, visit.exit) if seen for one in seen.lists})


def told_of(sighting: SightingRecord, record: ReadRecord) -> dict[str, Any]:
    """Return what an event says; its confidence is the calibrated probability where there is one."""
    return {
        "sighting": sighting.id,
        "read": record.id,
        "plate": sighting.normalised or None,
        "display": sighting.display or None,
        "region": sighting.region,
        "confidence": round(sighting.confidence, 4),
        "camera": sighting.camera,
        "seen_at": sighting.seen_at.isoformat(),
        "crop": record.crop,
        "image": record.frame.image,
        "quad": [list(point) for point in record.quad],
        "detection_confidence": round(record.detection_confidence, 4),
        "size": [record.frame.width, record.frame.height],
    }


def outcome(event: EventRecord) -> Outcome:
    """Return what an event told: the same whenever it is asked."""
    told: Mapping[str, Any] = event.payload
    return Outcome(
        read=told.get("read"),
        kind=event.kind,
        plate=told.get("plate"),
        display=told.get("display"),
        lot=told.get("lot"),
        visit=told.get("visit"),
        reason=told.get("reason", ""),
        free=told.get("free"),
        gate=told.get("gate"),
    )
