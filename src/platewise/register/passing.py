"""Many sightings of one passing: told twice, or a vehicle that stands before the gate."""

from collections.abc import Mapping
from dataclasses import replace

from platewise.register.matching import settle
from platewise.register.readings import Misreads, evidence
from platewise.register.values import LotState, Recent, Sighting, Visit, inside

_SAME = 3.0


def known(sighting: Sighting, state: LotState) -> bool:
    """Tell whether this very sighting was decided before."""
    visits = (s for v in state.visits.values() for s in (v.entry, v.exit) if s)
    return any(s.key == sighting.key for s in (*visits, *(r.sighting for r in state.recent)))


def repeats(sighting: Sighting, state: LotState) -> Recent | None:
    """Return the sighting of which this one is but another picture: same gate, same way, hardly apart."""
    window = state.lot.policy.debounce
    near = (r for r in state.recent if abs(sighting.seen_at - r.sighting.seen_at) <= window)
    same = [r for r in near if _same_passing(r, sighting, state)]
    return min(same, key=lambda r: abs(sighting.seen_at - r.sighting.seen_at), default=None)


def _same_passing(recent: Recent, sighting: Sighting, state: LotState) -> bool:
    """Tell whether two sightings of one gate show one plate, or the second that of the stay it ended."""
    one = recent.sighting
    if (one.gate, one.direction) != (sighting.gate, sighting.direction):
        return False
    ended = (v for v in state.visits.values() if v.exit and v.exit.key == recent.first)
    shown = [one, *(visit.entry for visit in ended if visit.entry)]
    return any(_one_plate(other, sighting, state.lot.policy.misreads) for other in shown)


def _one_plate(a: Sighting, b: Sighting, misreads: Misreads) -> bool:
    if not a.reading.text or not b.reading.text:
        return False
    if a.reading.text == b.reading.text:
        return True
    both_listed = bool(a.lists) and bool(b.lists)
    return not both_listed and evidence(a.reading, b.reading, misreads) > _SAME


def better(sighting: Sighting, first: str, state: LotState) -> Mapping[str, Visit]:
    """Return the visits with a surer reading in the place of the first one's, and paired anew by it.

    They stay as they are where the reading is no surer, a person has decided, or the plate would be inside
    twice.
    """
    visits = {name: _mended(visit, first, sighting) for name, visit in state.visits.items()}
    if visits == state.visits:
        return state.visits
    settled = settle(state.lot, visits)
    return settled if _lawful(settled, state.lot.capacity) else state.visits


def _mended(visit: Visit, first: str, sighting: Sighting) -> Visit:
    entry, exit_ = (_surer(seen, first, sighting) for seen in (visit.entry, visit.exit))
    return visit if visit.reviewed else replace(visit, entry=entry, exit=exit_)


def _surer(seen: Sighting | None, first: str, sighting: Sighting) -> Sighting | None:
    if seen is None or seen.key != first or seen.confidence >= sighting.confidence:
        return seen
    return replace(sighting, key=seen.key, seen_at=seen.seen_at)


def _lawful(visits: Mapping[str, Visit], capacity: int) -> bool:
    """Tell whether nobody is inside twice, and no more than there are places."""
    texts = [v.entry.reading.text for v in inside(visits) if v.entry and v.entry.reading.text]
    return len(texts) == len(set(texts)) and len(inside(visits)) <= capacity
