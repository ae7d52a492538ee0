"""What the pages of car parks show of visits: what they owe, what to look at, what may belong together."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from platewise.core.plate import normalise
from platewise.errors import Conflict, InputError
from platewise.register import review
from platewise.register.matching import likelihood
from platewise.register.readings import Reading, evidence
from platewise.register.values import LotState, Visit
from platewise.store.parking import VisitRecord
from platewise.store.protocol import Unit
from platewise.web.v1 import quotes

ADVICE = {
    review.UNMATCHED: "It went out, but no entry fits. Merge it with its entry, or accept that it has none.",
    review.LOST: "Nobody saw it leave; its place was freed. Merge it with its exit, or accept that it left.",
    review.DOUBTFUL: "This exit may be another car's. Compare the pictures: accept, or split the two.",
    review.OVERSTAY: "It is inside for longer than is allowed, or it left unseen.",
    review.DENIED: "Its plate is on a list of those that must not come in.",
    review.NAMELESS: "It was counted, but its plate is not known. Correct it once somebody has looked.",
}
"""What a person can do about each reason to look."""
PARTNERS = 4
"""How many visits are offered to be merged with one."""
ALIKE = 6
"""How many visits with a similar plate are offered."""


class Row(NamedTuple):
    """A visit, how long it lasts or lasted, and what it owes; None where that cannot be said."""

    record: VisitRecord
    lasted: timedelta | None
    owes: str | None


class Case(NamedTuple):
    """A visit that a person should look at, every reason why, and the visits that may belong to it."""

    row: Row
    reasons: tuple[str, ...]
    partners: tuple[VisitRecord, ...]


def row(unit: Unit, record: VisitRecord, now: datetime) -> Row:
    """Return what is shown of a visit in a line."""
    visit = record.visit
    lasted = (visit.left or now) - visit.entered if visit.entered else None
    return Row(record, lasted, _owes(unit, record, now))


def cases(unit: Unit, state: LotState, now: datetime) -> list[Case]:
    """Return what to look at in a car park, oldest first, each visit once."""
    reasons: dict[str, list[str]] = {}
    for visit, reason in review.cases(state, now):
        reasons.setdefault(visit.id, []).append(reason)
    found = []
    for name, told in reasons.items():
        for record in records(unit, [state.visits[name]]):
            others = tuple(records(unit, partners(record.visit, state)))
            found.append(Case(row(unit, record, now), tuple(told), others))
    return found


def partners(visit: Visit, state: LotState) -> list[Visit]:
    """Return the visits that may be the other half of one, the likeliest first."""
    scored = []
    for other in state.visits.values():
        entry, exit_ = (visit, other) if visit.entry else (other, visit)
        halves = entry.entry and not entry.exit and exit_.exit and not exit_.entry
        if halves and entry.entry and exit_.exit and entry.entry.seen_at <= exit_.exit.seen_at:
            scored.append((likelihood(entry.entry, exit_.exit, state.lot), other))
    return [other for _, other in sorted(scored, key=lambda pair: -pair[0])[:PARTNERS]]


def alike(text: str, state: LotState) -> list[Visit]:
    """Return the vehicles inside whose plate holds a text or may be a misreading of it, likeliest first."""
    asked, misreads = Reading.of(text), state.lot.policy.misreads
    scored = []
    for visit in state.inside:
        if visit.entry and asked.text and asked.text not in visit.forms:
            score = evidence(asked, visit.entry.reading, misreads)
            if score > 0 or asked.text in normalise(visit.plate):
                scored.append((score, visit))
    return [visit for _, visit in sorted(scored, key=lambda pair: -pair[0])[:ALIKE]]


def records(unit: Unit, visits: Iterable[Visit]) -> list[VisitRecord]:
    """Return these visits as they are stored, those that are."""
    numbers = [unit.lots.number(visit.id) for visit in visits]
    return [found for number in numbers if number and (found := unit.lots.visit(number))]


def _owes(unit: Unit, record: VisitRecord, now: datetime) -> str | None:
    try:
        told = quotes.quote_of(unit, record, now)
    except (InputError, Conflict):  # an exit alone is no stay, and another currency no part of its price
        return None
    return f"{told['owed']} {told['currency']}" if told["currency"] else None
