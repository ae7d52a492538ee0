"""The one use-case: what was read in a picture becomes sightings, visits and events, in one transaction.

A camera belongs to a lane, a lane to a gate, and a gate may lead into a car park: then its rules decide what
a sighting means. Under a gantry it is a passage. Elsewhere a plate has just passed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from platewise.core.frame import Frame
from platewise.core.read import Read
from platewise.gatehouse import gantry
from platewise.gatehouse.alerting import ALERT, Seen, watch, watch_corrected
from platewise.gatehouse.dating import dated
from platewise.gatehouse.listing import listed, listed_by_odds, seen_at_gate
from platewise.gatehouse.telling import (
    Outcome,
    about,
    changed_by_hand,
    moved,
    outcome,
    tell,
    tell_lost,
    told_of,
)
from platewise.gatehouse.trusting import rules
from platewise.register import desk, lots
from platewise.register.review import give_up
from platewise.register.values import Decision, Event
from platewise.store.parking import VisitQuery
from platewise.store.protocol import ImageStore, Unit
from platewise.store.records import (
    EventRecord,
    FrameRecord,
    NewEvent,
    NewFrame,
    NewRead,
    NewSighting,
    ReadRecord,
    Review,
    SightingRecord,
    StoredImage,
)
from platewise.store.site import Gate, Lane
from platewise.vision.encode import jpeg
from platewise.vision.rectify import rectify

__all__ = [
    "Admitted",
    "Arrival",
    "Outcome",
    "admit",
    "change",
    "changed_by_hand",
    "evidence",
    "key_of",
    "review",
    "tend",
]

PASSED, UNREAD = "Passed", "Unread"
OPENING = ("Entered", "Left")
"""The events that open a gate whose options do not say which (``on``)."""
_LATE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A picture that was read, ready to be admitted. The same ``key`` again is the same arrival.

    ``pipeline`` and ``model`` say what read it; ``image`` and ``crops`` are its evidence pictures, ``crops``
    one a read.
    """

    key: str
    frame: NewFrame
    reads: tuple[Read, ...]
    pipeline: str
    model: str
    crops: tuple[StoredImage, ...] = field(default=(), repr=False)


class Admitted(NamedTuple):
    """The kept reads of an arrival in their order, whether they were not there before, their outcomes."""

    reads: tuple[ReadRecord, ...]
    new: bool
    outcomes: tuple[Outcome, ...]


def key_of(data: bytes, camera: str | None, captured_at: datetime) -> str:
    """Return the key of a picture: its bytes, camera and time."""
    parts = (data, (camera or "").encode(), captured_at.isoformat().encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def evidence(
    images: ImageStore, frame: Frame, reads: Sequence[Read]
) -> tuple[StoredImage, tuple[StoredImage, ...]]:
    """Keep the frame's picture and each plate's; do so before the transaction, as it takes longer."""
    crops = tuple(images.save(jpeg(rectify(frame.pixels, read.quad).pixels), "plate") for read in reads)
    return images.save(jpeg(frame.pixels), "frame"), crops


def admit(unit: Unit, arrival: Arrival) -> Admitted:
    """Keep the frame, its reads, a sighting of each, what that did to the car park, and its event.

    An arrival that was admitted before changes nothing and returns what was kept then. A time that is too far
    ahead is none: then it was taken when it was received.
    """
    if known := _admitted(unit, arrival):
        return known
    crops = arrival.crops or (None,) * len(arrival.reads)
    reads = [
        NewRead(read, arrival.pipeline, arrival.model, crop)
        for read, crop in zip(arrival.reads, crops, strict=True)
    ]
    records = unit.reads.save(dated(arrival.frame), reads)
    way = _way(unit, arrival.frame.camera)
    beside = any(record.plate for record in records)
    events = [_pass(unit, record, f"{arrival.key}/{n}", way, beside) for n, record in enumerate(records)]
    return Admitted(records, True, tuple(map(outcome, events)))


def change(unit: Unit, lot: str, decision: Decision) -> Outcome | None:
    """Keep what a person decided at the desk; return its outcome where there is an event to tell."""
    unit.lots.apply(lot, decision)
    if decision.audit:
        tell_lost(unit, lot, decision, decision.audit.at)
    event = decision.event
    if event is None:
        if decision.audit and decision.changes:
            changed_by_hand(unit, lot, decision.audit.at, decision.audit.user, decision)
        return None
    number = unit.lots.number(event.visit) if event.visit else None
    visit = unit.lots.visit(number) if number else None
    told = {
        "plate": event.plate or None,
        "display": visit.display if visit else None,
        "seen_at": event.at.isoformat(),
        "user": decision.audit.user if decision.audit else None,
    }
    place = {**about(unit, event, lot, unit.lots.state(lot, event.at)), **moved(unit, decision)}
    return outcome(tell(unit, NewEvent(event.kind, event.at, {**told, **place})))


def review(unit: Unit, review: Review) -> ReadRecord:
    """Keep a verdict on a read. Passages and journeys that show it follow.

    Visits follow, and lists alert, where a right plate is given. A read that was rejected leaves its visit as
    it is, since a vehicle may have come all the same: that is decided at the desk. ``Conflict`` where the
    right plate is inside already.
    """
    record = unit.reads.review(review)
    gantry.reread(unit, record, readable=review.verdict != "rejected")
    if review.plate is None:
        return record
    by = desk.By(review.user, review.at, review.reason.strip() or f"read {review.read} was corrected")
    for kept in unit.lots.visits(VisitQuery(read=review.read)).items:
        state = unit.lots.state(kept.lot, review.at, (kept.visit.id,))
        lists = listed(unit, review.plate.text, record.frame.captured_at)
        plate = review.plate.text
        decision = desk.reread(state, kept.visit.id, review.read, plate, by, lists)
        unit.lots.apply(kept.lot, decision)
        changed_by_hand(unit, kept.lot, review.at, review.user, decision)
    watch_corrected(unit, review)
    return record


def tend(unit: Unit, at: datetime) -> int:
    """End the stays that lasted longer than any can, in every car park; return how many."""
    ended = 0
    for lot in unit.lots.lots():
        decision = give_up(unit.lots.state(lot.name, at), at)
        unit.lots.apply(lot.name, decision)
        tell_lost(unit, lot.name, decision, at)
        ended += len(decision.changes)
    return ended


class _Way(NamedTuple):
    """Where a camera looks."""

    lane: Lane
    gate: Gate


def _way(unit: Unit, camera: str | None) -> _Way | None:
    names = {one.name: one.lane for one in unit.site.cameras()}
    lane = next((one for one in unit.site.lanes() if one.name == names.get(camera or "")), None)
    gate = next((one for one in unit.site.gates() if lane and one.name == lane.gate), None)
    return _Way(lane, gate) if lane and gate else None


def _admitted(unit: Unit, arrival: Arrival) -> Admitted | None:
    """Return what was kept under the arrival's key."""
    places = {f"{arrival.key}/{number}": number for number in range(len(arrival.reads))}
    mine = sorted(unit.sightings.keyed(places), key=lambda s: places[s.key])
    if not mine:
        return None
    records = tuple(filter(None, (unit.reads.get(s.read) for s in mine if s.read is not None)))
    told = unit.events.of([s.id for s in mine])
    events = {event.sighting: event for event in told if event.kind != ALERT}
    return Admitted(records, False, tuple(outcome(events[s.id]) for s in mine if s.id in events))


def _pass(unit: Unit, record: ReadRecord, key: str, way: _Way | None, beside: bool) -> EventRecord:
    trust = rules(unit).trust(record.confidence, record.frame.camera)
    new = NewSighting(
        key=key,
        seen_at=record.frame.captured_at,
        plate=record.plate,
        confidence=trust.probability,
        camera=record.frame.camera,
        read=record.id,
        gate=way.gate.name if way else None,
        lane=way.lane.name if way else None,
        direction=way.gate.direction if way else None,
    )
    sighting, _ = unit.sightings.save(new)
    told = {**told_of(sighting, record), "action": trust.action}
    event = _decided(unit, sighting, record, told, way, beside)
    watch(unit, Seen(sighting, record, event))
    return event


def _decided(
    unit: Unit,
    sighting: SightingRecord,
    record: ReadRecord,
    told: Mapping[str, Any],
    way: _Way | None,
    beside: bool,
) -> EventRecord:
    """Let the rules of the place decide what a sighting does, and keep that."""
    if way and way.gate.lot:
        return _park(unit, sighting, record, told, way.gate, beside)
    passed = gantry.seen(unit, sighting, record, told, way.gate) if way else None
    if passed:
        return passed
    kind = PASSED if record.plate else UNREAD
    return tell(unit, NewEvent(kind, sighting.seen_at, told, sighting.id))


def _park(
    unit: Unit,
    sighting: SightingRecord,
    record: ReadRecord,
    told: Mapping[str, Any],
    gate: Gate,
    beside: bool,
) -> EventRecord:
    """Let the car park's rules decide what a sighting does, and keep that."""
    assert gate.lot
    seen = replace(seen_at_gate(unit, sighting, record, gate), beside=beside and not record.plate)
    state = unit.lots.state(gate.lot, _moment(record.frame))
    known_as = None if seen.lists else listed_by_odds(unit, seen.reading, seen.seen_at, gate, state)
    if known_as:
        seen = replace(seen, lists=listed(unit, known_as, seen.seen_at))
    decision = lots.admit(seen, state)
    event = decision.event
    assert event
    unit.lots.apply(gate.lot, decision)
    place = {"gate": gate.name, "direction": gate.direction, "known_as": known_as, **moved(unit, decision)}
    payload = {**told, **about(unit, event, gate.lot, state.after(decision)), **place}
    return tell(unit, NewEvent(event.kind, sighting.seen_at, payload, sighting.id, _openers(gate, event)))


def _moment(frame: FrameRecord) -> datetime:
    """Return the time whose memory decides: the picture's, unless its clock is wrong or it is very late."""
    return max(min(frame.captured_at, frame.received_at), frame.received_at - _LATE)


def _openers(gate: Gate, event: Event) -> tuple[str, ...]:
    """Return the name of the gate's driver where it is to open; never for a passing that is long over."""
    wanted = gate.options.get("driver") and event.kind in gate.options.get("on", OPENING)
    return (f"gate:{gate.name}",) if wanted and event.reason != lots.ALREADY_LEFT else ()
