"""Retention, erasing and showing what a plate left behind on toll roads, in dicts."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from platewise.register.passages import Passage
from platewise.store.memory.tables import Tables
from platewise.store.memory.tolls import (
    KeptPassage,
    StoredJourney,
    drop_passages,
    journey_of,
    record_of,
)
from platewise.store.tolling import JourneyRecord, PassageRecord


def about(
    tables: Tables, key: str, reads: Collection[int]
) -> tuple[tuple[PassageRecord, ...], tuple[JourneyRecord, ...]]:
    """Return the passages and journeys of a plate, and those that show one of its reads."""
    mine = [one for one in tables.all(KeptPassage).values() if _shows(one.passage, key, reads)]
    named = {number for number, one in tables.all(StoredJourney).items() if one.facts.plate == key}
    journeys = named | {one.journey for one in mine if one.journey is not None}
    whole = {
        one.id: one for one in tables.all(KeptPassage).values() if one in mine or one.journey in journeys
    }
    return (
        tuple(record_of(tables, one) for _, one in sorted(whole.items())),
        tuple(journey_of(tables, number) for number in sorted(journeys)),
    )


def erase(tables: Tables, key: str, reads: Collection[int]) -> Counter[str]:
    """Drop them all; a journey goes whole, with the passages on which its plate was misread."""
    passages, journeys = about(tables, key, reads)
    gone = drop_passages(tables, [one.id for one in passages])
    return Counter(passages=gone, journeys=sum(tables.drop(StoredJourney, one.id) for one in journeys))


def expire(tables: Tables, before: datetime) -> Counter[str]:
    """Drop the journeys that ended too long ago with their passages, and old passages without a journey."""
    kept = tables.all(StoredJourney)
    old = {number for number, one in kept.items() if one.facts.until < before}
    past = [
        one.id
        for one in tables.all(KeptPassage).values()
        if one.passage.at < before and (one.journey is None or one.journey in old)
    ]
    for one in tuple(tables.all(KeptPassage).values()):
        if one.journey in old:
            tables.put(one.id, replace(one, journey=None))
    gone = drop_passages(tables, past)
    return Counter(journeys=sum(tables.drop(StoredJourney, number) for number in old), passages=gone)


def forget_reads(tables: Tables, reads: Collection[int]) -> None:
    """Let passages name none of these reads."""
    for kept in tuple(tables.all(KeptPassage).values()):
        if any(view.sighting.read in reads for view in kept.passage.views):
            views = tuple(
                replace(v, sighting=replace(v.sighting, read=None)) if v.sighting.read in reads else v
                for v in kept.passage.views
            )
            tables.put(kept.id, replace(kept, passage=replace(kept.passage, views=views)))


def _shows(passage: Passage, key: str, reads: Collection[int]) -> bool:
    seen = (view.sighting for view in passage.views)
    return passage.reading.text == key or any(one.reading.text == key or one.read in reads for one in seen)
