"""What a sighting does to a car park."""

from collections.abc import Mapping
from dataclasses import replace

from platewise.register.lists import refusal
from platewise.register.matching import leaving, settle
from platewise.register.passing import better, known, repeats
from platewise.register.values import (
    Change,
    Decision,
    Event,
    Kind,
    LotState,
    Recent,
    Sighting,
    Visit,
    changes,
    inside,
)

ALREADY_INSIDE, FULL = "already inside", "full"
EXIT_MISSED, ALREADY_LEFT = "its last exit was not seen", "it has left already"
UNMATCHED, MENDED = "no entry fits", "a better picture told whose exit it was"


def admit(sighting: Sighting, state: LotState) -> Decision:
    """Decide what a sighting means. ``state`` must hold the visits and sightings that ``remembered`` keeps.

    The same key again, or the same vehicle still before the same gate, is Repeated; a better picture of it
    then mends what was decided.
    """
    if known(sighting, state):
        return Decision(_event("Repeated", sighting))
    before = repeats(sighting, state)
    if before and before.kind != "Refused":
        return _repeat(sighting, before, state)
    decision = _decide(sighting, state)
    assert decision.event
    if before and decision.event.kind == "Refused":  # told once, not with every picture of a waiting car
        return _repeat(sighting, before, state)
    return replace(decision, recent=Recent(sighting, decision.event.kind, sighting.key))


def _decide(sighting: Sighting, state: LotState) -> Decision:
    if not sighting.reading.text and (sighting.beside or sighting.direction != "out"):
        return Decision(_event("Unread", sighting))
    rule = {"in": _enter, "out": _leave, "both": _toggle}[sighting.direction]
    return rule(sighting, state)


def _repeat(sighting: Sighting, before: Recent, state: LotState) -> Decision:
    visits = better(sighting, before.first, state)
    changed = changes(state.visits, visits)
    ended = next((c.after for c in changed if c.after and c.after.state == "left" and not _was_left(c)), None)
    event = _event("Left", sighting, ended.id, MENDED) if ended else _event("Repeated", sighting)
    return Decision(event, changed, Recent(sighting, before.kind, before.first))


def _was_left(change: Change) -> bool:
    return change.before is not None and change.before.state == "left"


def _enter(sighting: Sighting, state: LotState) -> Decision:
    lot, visits = state.lot, dict(state.visits)
    twin = next((v for v in state.inside if v.entry and v.entry.reading.text == sighting.reading.text), None)
    reason = refusal(sighting.lists, lot.policy)
    if not reason and twin and lot.policy.double_entry == "refuse":
        reason = ALREADY_INSIDE
    visits[sighting.key] = Visit(sighting.key, sighting)
    if twin:
        _end_earlier(visits, twin, visits[sighting.key])
    settled = settle(lot, visits)
    if not reason and len(inside(settled)) > lot.capacity:
        reason = FULL
    if reason:
        return Decision(_event("Refused", sighting, reason=reason))
    gone = ALREADY_LEFT if settled[sighting.key].left else ""
    event = _event("Entered", sighting, sighting.key, EXIT_MISSED if twin else gone)
    return Decision(event, changes(state.visits, settled))


def _end_earlier(visits: dict[str, Visit], one: Visit, other: Visit) -> None:
    """End the earlier of two stays of one plate when the later begins, as its exit was not seen."""
    assert one.entry
    assert other.entry
    earlier, later = (one, other) if one.entry.seen_at <= other.entry.seen_at else (other, one)
    visits[earlier.id] = replace(earlier, lost_at=later.entered)


def _leave(sighting: Sighting, state: LotState) -> Decision:
    visits = {**state.visits, sighting.key: Visit(sighting.key, exit=sighting)}
    settled = settle(state.lot, visits)
    ended = _ended_by(sighting, settled)
    kind: Kind = "Left" if sighting.reading.text else "Unread"
    reason = "" if ended.entry else UNMATCHED
    return Decision(_event(kind, sighting, ended.id, reason), changes(state.visits, settled))


def _ended_by(sighting: Sighting, visits: Mapping[str, Visit]) -> Visit:
    return next(v for v in visits.values() if v.exit and v.exit.key == sighting.key)


def _toggle(sighting: Sighting, state: LotState) -> Decision:
    """Take the first sight as coming, the next as going; one that is told late takes its place in time."""
    visit = leaving(sighting, state.inside, state.lot)
    if visit is None:
        return _enter(sighting, state)
    assert visit.entry
    if sighting.seen_at >= visit.entry.seen_at:
        return _leave(sighting, state)
    turned = replace(visit, entry=sighting, exit=visit.entry)
    return Decision(_event("Left", sighting, visit.id, ALREADY_LEFT), (Change(visit, turned),))


def _event(kind: Kind, sighting: Sighting, visit: str | None = None, reason: str = "") -> Event:
    return Event(kind, sighting.seen_at, sighting.key, sighting.reading.text, visit, reason)
