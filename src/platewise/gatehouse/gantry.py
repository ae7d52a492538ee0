"""A sighting at a gantry becomes a passage, in the same transaction, with other views of the vehicle."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from platewise.gatehouse.charging import withdrawn
from platewise.gatehouse.listing import listed, seen_at_gate
from platewise.gatehouse.siting import in_force
from platewise.gatehouse.telling import tell
from platewise.regions import confusions
from platewise.register.fusing import Fusing, passage_of
from platewise.register.passages import Passage, View
from platewise.register.readings import Misreads, Reading
from platewise.register.regrouping import regroup
from platewise.register.site_file import SiteFile
from platewise.store.protocol import Unit
from platewise.store.records import EventRecord, NewEvent, ReadRecord, SightingRecord
from platewise.store.site import Gate
from platewise.store.tolling import PassageQuery, PassageRecord

RULES = Fusing(misreads=Misreads(cost=confusions.cost))
REACH = 10 * RULES.window
"""How far around a view others are looked for: groups of views may stand close to each other."""
SAME = "seen already"
_MOMENT = timedelta(microseconds=1)


def seen(
    unit: Unit, sighting: SightingRecord, record: ReadRecord, told: Mapping[str, Any], gate: Gate
) -> EventRecord | None:
    """Keep what a sighting is at a gantry, and tell it; None where its gate is no gantry of the site."""
    site = in_force(unit)
    if site is None or all(one.name != gate.name for one in site.gates):
        return None
    view = View(sighting.camera or "", seen_at_gate(unit, sighting, record, gate))
    before, after = change(unit, site, gate.name, [view])
    mine = next(one for one in after if _holds(one, {view.sighting.key}))
    former = [one.passage for one in before if _holds(one, set(_keys(mine)))]
    text = mine.passage.reading.text
    again = any(one.reading.text for one in former) if text else bool(former)
    kind = "Repeated" if again else "Passed" if text else "Unread"
    place = {"gate": gate.name, "lane": sighting.lane, "direction": gate.direction, "passage": mine.id}
    payload = {**told, **place, "reason": SAME if again else ""}
    return tell(unit, NewEvent(kind, sighting.seen_at, payload, sighting.id))


def change(
    unit: Unit, site: SiteFile, gate: str, views: Sequence[View]
) -> tuple[Sequence[PassageRecord], Sequence[PassageRecord]]:
    """Keep views that are new or read anew; return the passages before and after that they changed.

    The journeys of these are paired anew.
    """
    times = [view.sighting.seen_at for view in views]
    there = unit.tolls.near(gate, min(times) - REACH, max(times) + REACH + _MOMENT)
    near = [one for one in there if _stands(one.passage, site)]
    result = regroup([one.passage for one in near], views, site, RULES)
    changed = {passage.key for passage in result.gone}
    gone = [one for one in near if one.passage.key in changed]
    now = _put(unit, site, gone, result.now)
    known = {one.passage.key: one.id for one in (*(one for one in near if one not in gone), *now)}
    unit.tolls.note((known[one.front], known[one.rear]) for one in result.mismatches)
    return gone, now


def reread(unit: Unit, record: ReadRecord, *, readable: bool) -> None:
    """Let the passages that show a read follow what a person said of it, unless their gate is gone."""
    site, text = in_force(unit), record.normalised if readable else ""
    for kept in unit.tolls.passages(PassageQuery(read=record.id)).items:
        if site is None or all(gate.name != kept.passage.gate for gate in site.gates):
            continue
        views = [
            known_as(unit, view, text) if view.sighting.read == record.id else view
            for view in kept.passage.views
        ]
        if _stands(kept.passage, site):
            mine = [view for view in views if view.sighting.read == record.id]
            change(unit, site, kept.passage.gate, mine)
        else:
            _put(unit, site, [kept], [passage_of(kept.passage.gate, views, RULES.misreads)])


def _stands(passage: Passage, site: SiteFile) -> bool:
    """Tell whether the cameras that saw a passage are still where they were: others tell no lane."""
    lanes = {lane.name for lane in site.lanes if lane.gate == passage.gate}
    return {camera.name for camera in site.cameras if camera.lane in lanes}.issuperset(passage.cameras)


def _put(
    unit: Unit, site: SiteFile, gone: Sequence[PassageRecord], now: Sequence[Passage]
) -> Sequence[PassageRecord]:
    """Put passages of one gantry in the place of others, whose journeys are withdrawn to be paired anew."""
    travelled = any(one.gate in site.travelled for one in now)
    kept = unit.tolls.regroup(gone, now, travelled=travelled)
    for lost in unit.tolls.reopen({one.journey for one in gone if one.journey is not None}):
        tell(unit, withdrawn(lost))
    return kept


def known_as(unit: Unit, view: View, text: str) -> View:
    """Return a view as a person read its plate."""
    sighting = view.sighting
    lists = listed(unit, text, sighting.seen_at)
    return View(view.camera, replace(sighting, reading=Reading.of(text), confidence=1.0, lists=lists))


def _holds(record: PassageRecord, keys: set[str]) -> bool:
    return not keys.isdisjoint(_keys(record))


def _keys(record: PassageRecord) -> Iterable[str]:
    return [view.sighting.key for view in record.passage.views]
