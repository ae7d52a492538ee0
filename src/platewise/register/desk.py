"""What a person does at the desk: open, close, correct, merge, split, accept, resize, count.

Each returns a Decision with a line for the audit log, ``InputError`` where it cannot be meant and
``Conflict`` where it contradicts what is known: a full car park, a plate that is inside already.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from platewise.errors import Conflict, InputError
from platewise.register.matching import settle
from platewise.register.readings import Reading
from platewise.register.values import (
    AuditLine,
    Decision,
    Event,
    Listed,
    LotState,
    Sighting,
    Visit,
    changes,
    inside,
)


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, when and why."""

    user: str
    at: datetime
    reason: str

    def __post_init__(self) -> None:
        """Check that a reason is given."""
        if not self.reason.strip():
            raise InputError("a change by hand needs a reason")


def open_visit(state: LotState, sighting: Sighting, by: By) -> Decision:
    """Let a vehicle in by hand, whatever lists say; the sighting's key becomes the visit's id."""
    if sighting.key in state.visits or not sighting.reading.text:
        raise InputError("a visit by hand needs a plate and a key of its own")
    visit = Visit(sighting.key, sighting)
    event = Event("Entered", sighting.seen_at, sighting.key, visit.plate, visit.id, by.reason)
    return _decide(state, {**state.visits, visit.id: visit}, _line(by, "open", visit), event)


def close_visit(state: LotState, visit: str, sighting: Sighting, by: By) -> Decision:
    """Let a vehicle out by hand."""
    former = _get(state, visit)
    if former.state not in ("inside", "lost"):
        raise Conflict("this visit is not open")
    closed = _whole(replace(former, exit=sighting, margin=None, reviewed=True))
    event = Event("Left", sighting.seen_at, sighting.key, closed.plate, visit, by.reason)
    return _decide(state, {**state.visits, visit: closed}, _line(by, "close", closed), event)


def correct(state: LotState, visit: str, plate: str, by: By, lists: tuple[Listed, ...] = ()) -> Decision:
    """Give a visit its right plate and that one's lists; exits that are not final are paired anew by it."""
    former, reading = _get(state, visit), Reading.of(plate)
    if not reading.text:
        raise InputError("a plate has at least one letter or digit")
    entry, exit_ = (
        s and replace(s, reading=reading, confidence=1.0, lists=lists) for s in (former.entry, former.exit)
    )
    known = replace(former, entry=entry, exit=exit_, reviewed=former.reviewed or former.state == "left")
    line = _line(by, "correct", former, f"{former.plate or '(none)'} is {reading.text}")
    return _decide(state, {**state.visits, visit: known}, line)


def reread(
    state: LotState, visit: str, read: int, plate: str, by: By, lists: tuple[Listed, ...] = ()
) -> Decision:
    """Give what one read showed of a visit its right plate; an exit nobody looked at is paired anew by it."""
    former, reading = _get(state, visit), Reading.of(plate)
    if not reading.text:
        raise InputError("a plate has at least one letter or digit")
    entry, exit_ = (
        replace(s, reading=reading, confidence=1.0, lists=lists) if s and s.read == read else s
        for s in (former.entry, former.exit)
    )
    visits = {**state.visits, visit: replace(former, entry=entry, exit=exit_)}
    if entry and exit_ and not former.reviewed:
        visits[visit] = replace(former, entry=entry, exit=None, margin=None)
        lone = replace(former, exit=exit_).lone
        visits[lone.id] = lone
    return _decide(state, visits, _line(by, "correct", former, f"read {read} is {reading.text}"))


def merge(state: LotState, first: str, second: str, by: By) -> Decision:
    """Make one stay of two records: an entry and a lone exit, or two halves of one stay."""
    if first == second:
        raise InputError("two different visits are needed")
    one, other = sorted((_get(state, first), _get(state, second)), key=_begin)
    if not one.entry:
        raise InputError("a stay needs an entry, and no exit before it")
    last = max(one, other, key=_latest)
    whole = replace(one, exit=last.exit, lost_at=last.lost_at, margin=None, reviewed=True)
    visits = {name: v for name, v in state.visits.items() if name != other.id} | {one.id: whole}
    return _decide(state, visits, _line(by, "merge", one, f"with {other.id} ({other.plate})"))


def split(state: LotState, visit: str, by: By) -> Decision:
    """Take an exit from the entry that it was paired with: the stay is open again, the exit stands alone."""
    former = _get(state, visit)
    if former.state != "left" or not former.exit:
        raise Conflict("this visit has no exit to take away")
    lone = replace(former.lone, reviewed=True)
    again = replace(former, exit=None, margin=None, reviewed=False)
    visits = {**state.visits, visit: again, lone.id: lone}
    return _decide(state, visits, _line(by, "split", former))


def accept(state: LotState, visit: str, by: By) -> Decision:
    """Find a visit right as it is: it leaves the review and is never paired anew."""
    former = _get(state, visit)
    visits = {**state.visits, visit: replace(former, reviewed=True)}
    return _decide(state, visits, _line(by, "accept", former))


def resize(state: LotState, capacity: int, by: By) -> Decision:
    """Change how many places there are; not to fewer than are taken."""
    if capacity < state.occupied:
        raise Conflict(f"{state.occupied} places are taken")
    line = AuditLine(by.at, by.user, "resize", state.lot.name, f"{capacity} places: {by.reason}")
    return Decision(None, audit=line, lot=replace(state.lot, capacity=capacity))


def reconcile(state: LotState, counted: int, by: By) -> Decision:
    """Make the register agree with a count: the longest stays too many are lost, those lacking are nameless.

    Each first undoes what counts did the other way. A higher one opens the stays again that one gave up. A
    nameless stay takes a place until an exit comes that no entry explains, or a lower count: that takes back
    what only counts claimed, which leaves nothing to look at, before it gives up a vehicle.
    """
    if not 0 <= counted <= state.lot.capacity:
        raise InputError(f"there are 0 to {state.lot.capacity} places to count")
    visits, surplus = dict(state.visits), state.occupied - counted
    here = [v for v in state.inside if _begin(v)[0] <= by.at]
    here.sort(key=lambda v: (bool(v.plate), _begin(v)))
    if surplus > len(here):
        raise Conflict("more came after the count than it leaves")
    for visit in here[: max(surplus, 0)]:
        visits[visit.id] = replace(visit, lost_at=by.at, reviewed=not visit.plate)
    again = _given_up(state, by.at)[: max(-surplus, 0)]
    for visit in again:
        visits[visit.id] = replace(visit, lost_at=None)
    for number in range(max(-surplus, 0) - len(again)):
        key = f"{state.lot.name}/{by.at.isoformat()}/{number}"
        visits[key] = Visit(key, Sighting(key, by.at, Reading("")))
    line = AuditLine(by.at, by.user, "count", state.lot.name, f"{counted}, not {state.occupied}: {by.reason}")
    return _decide(state, visits, line)


def _given_up(state: LotState, at: datetime) -> list[Visit]:
    """Return the stays that counts gave up, the latest first: those that did not last too long, and whose
    plate has not come in again since.
    """
    came = [v.entry for v in state.visits.values() if v.entry]
    found = {
        (visit.lost_at, _begin(visit), visit.id): visit
        for visit in state.visits.values()
        if visit.entry and visit.lost_at and visit.state == "lost" and visit.plate and not visit.reviewed
        if at - visit.entry.seen_at <= state.lot.policy.lost_after
        if all(e.seen_at < visit.lost_at or e.reading.text != visit.entry.reading.text for e in came)
    }
    return [found[key] for key in sorted(found, reverse=True)]


def _get(state: LotState, visit: str) -> Visit:
    if visit not in state.visits:
        raise InputError(f"there is no visit {visit}")
    return state.visits[visit]


def _begin(visit: Visit) -> tuple[datetime, bool]:
    """Return what visits are ordered by in time; of a moment, an entry comes before an exit."""
    begin = visit.entered or visit.left
    assert begin
    return begin, visit.entry is None


def _latest(visit: Visit) -> datetime:
    return visit.left or _begin(visit)[0]


def _whole(visit: Visit) -> Visit:
    if visit.entered and visit.left and visit.left < visit.entered:
        raise InputError("a visit cannot end before it begins")
    return visit


def _line(by: By, action: str, visit: Visit, what: str = "") -> AuditLine:
    return AuditLine(by.at, by.user, action, visit.id, ": ".join(filter(None, (what, by.reason))))


def _decide(
    state: LotState, visits: Mapping[str, Visit], line: AuditLine, event: Event | None = None
) -> Decision:
    """Return the decision that leads to these visits, exits paired anew, if the car park can be so."""
    settled = settle(state.lot, visits)
    here = inside(settled)
    texts = [v.entry.reading.text for v in here if v.entry and v.entry.reading.text]
    if len(here) > state.lot.capacity:
        raise Conflict("the car park is full")
    if len(texts) != len(set(texts)):
        raise Conflict("that plate is inside already: merge the two visits instead")
    return Decision(event, changes(state.visits, settled), audit=line)
