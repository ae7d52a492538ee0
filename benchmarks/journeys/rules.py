"""The rules that are compared: from passages to journeys."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import NamedTuple

from benchmarks.journeys.traffic import START, Traffic

from platewise.regions.confusions import cost
from platewise.register.chance import chance
from platewise.register.fusing import Fused, Fusing, fuse
from platewise.register.journeys import pair
from platewise.register.passages import Passage, View
from platewise.register.readings import Misreads, Reading
from platewise.register.roads import Roads
from platewise.register.site_map import SiteMap

MISREADS = Misreads(cost=cache(cost))
LATEST = timedelta(hours=3)


class Told(NamedTuple):
    """A journey as a rule tells it."""

    passages: tuple[Passage, ...]
    plate: str
    complete: bool
    entered: bool
    ended: bool
    confidence: float


def exact(passages: Sequence[Passage], site: SiteMap) -> list[Told]:
    """Return the journeys of the rule that passages with the same text, on down the road, are one."""
    order = {gate.name: place for place, gate in enumerate(site.gates)}
    chains: dict[str, list[list[Passage]]] = {}
    for passage in passages:
        mine = chains.setdefault(passage.reading.text, [])
        last = mine[-1][-1] if mine else None
        if last and order[last.gate] < order[passage.gate] and passage.at - last.at < LATEST:
            mine[-1].append(passage)
        else:
            mine.append([passage])
    ends = {
        gate.name: (gate.direction == "in" or gate.begins, gate.direction == "out" or gate.ends)
        for gate in site.gates
    }
    told = []
    for text, mine in chains.items():
        for chain in mine:
            entered, ended = bool(ends[chain[0].gate][0]), bool(ends[chain[-1].gate][1])
            confidence = min(passage.probability for passage in chain)
            told.append(Told(tuple(chain), text, entered and ended, entered, ended, confidence))
    return told


def ours(passages: Sequence[Passage], site: SiteMap, doubted: Collection[str] = ()) -> list[Told]:
    """Return the journeys of our rule; those with a passage (by key) that is doubted wait for a person."""
    late = START + timedelta(days=30)
    misreads = misreads_at(passage.reading.text for passage in passages)
    return [
        Told(
            passages=j.passages,
            plate=j.plate,
            complete=j.state(late) == "complete" and not any(p.key in doubted for p in j.passages),
            entered=j.entered,
            ended=j.ended,
            confidence=j.confidence,
        )
        for j in pair(passages, Roads.of(site), misreads)
    ]


def misreads_at(texts: Iterable[str]) -> Misreads:
    """Return how reading errs at a site where such plates were seen."""
    return replace(MISREADS, chance=chance(texts, MISREADS.chance))


def fused(traffic: Traffic) -> Fused:
    """Return the passages of a traffic."""
    misreads = misreads_at(view.sighting.reading.text for view in traffic.views)
    return fuse(traffic.views, traffic.site, Fusing(misreads=misreads))


def text_only(traffic: Traffic) -> Traffic:
    """Return a traffic whose cameras tell no lattices."""
    bare = (replace(v.sighting, reading=Reading.of(v.sighting.reading.text)) for v in traffic.views)
    views = tuple(View(v.camera, seen) for v, seen in zip(traffic.views, bare, strict=True))
    return replace(traffic, views=views)
