"""What a person should look at, and what is given up after a while."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from platewise.register.values import Decision, LotState, Visit, changes

UNMATCHED, LOST, DOUBTFUL = "exit without entry", "exit not seen", "exit may be another's"
OVERSTAY, DENIED, NAMELESS = "overstay", "denied plate inside", "counted, plate unknown"


class Case(NamedTuple):
    """A visit to look at, and why."""

    visit: Visit
    reason: str


def cases(state: LotState, at: datetime) -> tuple[Case, ...]:
    """Return what to look at now, oldest first."""
    found = [Case(v, r) for v in state.visits.values() if not v.reviewed for r in _reasons(v, state, at)]
    return tuple(sorted(found, key=lambda case: (case.visit.entered or case.visit.left or at, case.visit.id)))


def give_up(state: LotState, at: datetime) -> Decision:
    """End the stays that lasted longer than any can, so that a missed exit frees its place in the end.

    They stay in the review as lost, and a late exit still finds them.
    """
    visits = dict(state.visits)
    for visit in state.inside:
        if visit.entered and at - visit.entered > state.lot.policy.lost_after:
            visits[visit.id] = replace(visit, lost_at=at, reviewed=False)
    return Decision(None, changes(state.visits, visits))


def _reasons(visit: Visit, state: LotState, at: datetime) -> Iterator[str]:
    policy = state.lot.policy
    match visit.state:
        case "unmatched":
            yield UNMATCHED
        case "lost":
            yield LOST
        case "left" if visit.margin is not None and visit.margin < policy.sure:
            yield DOUBTFUL
        case "inside":
            yield from _reasons_inside(visit, at, state)


def _reasons_inside(visit: Visit, at: datetime, state: LotState) -> Iterator[str]:
    assert visit.entry
    if at - visit.entry.seen_at > state.lot.policy.longest_stay:
        yield OVERSTAY
    if any(listed.kind == "denied" for listed in visit.entry.lists):
        yield DENIED
    if not visit.entry.reading.text:
        yield NAMELESS
