"""Which exit belongs to which entry. Readings err, so the likeliest pairing of all that is open decides."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from math import log, log1p

from platewise.register.assignment import assign
from platewise.register.readings import evidence
from platewise.register.values import Lot, Policy, Sighting, Visit

_NAMELESS = 0.1
_TWO_LISTED = -12.0
_ONE_LISTED = 1.0
_STABLE = 1e-6


def settle(lot: Lot, visits: Mapping[str, Visit]) -> dict[str, Visit]:
    """Return the visits with every exit that is not final at the entry where the whole is likeliest.

    Final are the pairs that were sure and what a person looked at. An exit that fits no entry stands alone.
    """
    exits = sorted(
        (v for v in visits.values() if _mendable(v, lot.policy, visits)), key=lambda v: (v.left, v.id)
    )
    if not exits:
        return dict(visits)
    entries = _entries(visits, exits)
    gains = [_gains(exit_, entries, visits, lot) for exit_ in exits]
    moved = {v.id for v in exits}
    settled = {name: v for name, v in visits.items() if name not in moved}
    settled |= {v.id: _reopened(v) for v in exits if v.entry}
    for exit_, gain, chosen in zip(exits, gains, assign(gains), strict=True):
        if chosen is None:
            alone = exit_ if exit_.state == "unmatched" else exit_.lone
            settled[alone.id] = alone
        elif chosen == exit_.id:
            settled[chosen] = exit_
        else:
            settled[chosen] = _paired(entries[chosen], exit_, gain)
    return settled


def leaving(sighting: Sighting, visits: Iterable[Visit], lot: Lot) -> Visit | None:
    """Return the visit that a vehicle seen at a gate without a direction ends; None where it rather enters.

    Here coming is as likely as going, so the match must be better than chance among all places.
    """
    scored = [(likelihood(v.entry, sighting, lot), v) for v in visits if v.entry and v.entry.reading.text]
    score, best = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return best if score > 0 else None


def likelihood(entry: Sighting, exit_: Sighting, lot: Lot) -> float:
    """Return the log odds that two sightings are one stay rather than strangers."""
    same = evidence(entry.reading, exit_.reading, lot.policy.misreads)
    stayed = abs(exit_.seen_at - entry.seen_at) / max(lot.policy.usual_stay, timedelta(seconds=1))
    return same - log1p(stayed) + _listed(entry, exit_) - log(max(lot.capacity, 1))


def _listed(entry: Sighting, exit_: Sighting) -> float:
    """Two plates that are both on lists are two vehicles; one that is on none may be a misread of one."""
    if entry.reading.text == exit_.reading.text:
        return 0.0
    return (0.0, _ONE_LISTED, _TWO_LISTED)[bool(entry.lists) + bool(exit_.lists)]


def _mendable(visit: Visit, policy: Policy, visits: Mapping[str, Visit]) -> bool:
    """Tell whether an exit may be moved: never where its entry's plate came in again since."""
    if visit.reviewed or not visit.exit:
        return False
    if not visit.entry:
        return True
    text = visit.entry.reading.text
    doubtful = visit.margin is not None and visit.margin < policy.sure
    return doubtful and not (text and any(_is_inside(v, text) for v in visits.values()))


def _is_inside(visit: Visit, text: str) -> bool:
    return visit.state == "inside" and visit.entry is not None and visit.entry.reading.text == text


def _entries(visits: Mapping[str, Visit], exits: Iterable[Visit]) -> dict[str, Visit]:
    """Return the visits that an exit may end."""
    free = {v.id: v for v in visits.values() if v.state == "inside" or (v.state == "lost" and not v.reviewed)}
    return free | {v.id: v for v in exits if v.entry}


def _gains(
    exit_: Visit, entries: Mapping[str, Visit], visits: Mapping[str, Visit], lot: Lot
) -> dict[str, float]:
    """Return by how much each entry explains an exit better than a missed entry does."""
    assert exit_.exit
    missed = log(lot.policy.missed_entry / (1 - lot.policy.missed_entry))
    found = {}
    for name, visit in entries.items():
        if not visit.entry or not _may_end(visit, exit_.exit, visits):
            continue
        gain = likelihood(visit.entry, exit_.exit, lot) - missed if visit.entry.reading.text else _NAMELESS
        if gain > 0:
            found[name] = gain + _STABLE * (name == exit_.id)
    return found


def _may_end(visit: Visit, exit_: Sighting, visits: Mapping[str, Visit]) -> bool:
    """Tell whether an exit is not too early for a visit, nor past the plate's next entry."""
    assert visit.entry
    if exit_.seen_at < visit.entry.seen_at:
        return False
    if visit.lost_at is None or exit_.seen_at <= visit.lost_at:
        return True
    later = (v.entry for v in visits.values() if v.entry and v.entry.seen_at >= visit.lost_at)
    return all(entry.reading.text != visit.entry.reading.text for entry in later)


def _paired(visit: Visit, exit_: Visit, gains: Mapping[str, float]) -> Visit:
    others = (gain for name, gain in gains.items() if name != visit.id)
    return replace(visit, exit=exit_.exit, margin=gains[visit.id] - max(others, default=0.0))


def _reopened(visit: Visit) -> Visit:
    return replace(visit, exit=None, margin=None)
