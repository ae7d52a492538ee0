"""Journeys are paired from passages when these are due: read in one unit, kept in another."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from platewise import clock
from platewise.gatehouse.charging import PATIENCE, Road, event_of, facts_of
from platewise.gatehouse.siting import in_force
from platewise.gatehouse.telling import tell
from platewise.regions import confusions
from platewise.register.chance import chance
from platewise.register.journeys import pair
from platewise.register.links import pieces
from platewise.register.readings import Misreads, Reading, evidence
from platewise.store.paging import MOST, each
from platewise.store.protocol import Store, Unit
from platewise.store.tolling import (
    JourneyFacts,
    JourneyQuery,
    JourneyRecord,
    NewJourney,
    PassageRecord,
    Pulse,
)

ENOUGH = 200
"""From so many plates on it is measured how alike they are."""
_LEAST = 0.01


class Drafts(NamedTuple):
    """Journeys to keep, those over that what is open may belong to, and when the next one will be over."""

    journeys: tuple[NewJourney, ...] = ()
    alike: frozenset[int] = frozenset()
    next: datetime | None = None


class Paired(NamedTuple):
    """How many journeys are new or have changed, and when the next one will be over by itself."""

    changed: int
    next: datetime | None


def pair_due(store: Store, at: datetime) -> Paired:
    """Pair all passages whose journey is not over.

    What was told late may belong to a journey that is over: this one is then opened and paired anew.
    """
    drafts = drafted(store, at)
    if drafts.alike:
        with store.writing() as unit:
            unit.tolls.reopen(drafts.alike)
        drafts = drafted(store, at)
    return Paired(keep(store, drafts), drafts.next)


def drafted(store: Store, at: datetime) -> Drafts:
    """Return what the open passages are at a time; nothing is kept."""
    with store.reading() as unit:
        site = in_force(unit)
        if site is None:
            return Drafts()
        passages = [one for one in unit.tolls.open() if one.passage.gate in site.travelled]
        road, misreads = Road.of(site), _misreads(passages)
        known = {one.passage.key: one for one in passages}
        found = pair((one.passage for one in passages), road.roads, misreads)
        journeys = [
            NewJourney(facts_of(unit, one, road, at), tuple(known[p.key] for p in one.passages))
            for one in found
        ]
        changed = _changed(unit, journeys)
        halves = [one for one in changed if one.facts.state != "complete"]
        alike = frozenset(_settled(unit, halves, road, misreads))
    open_ = [one.facts.over_at + PATIENCE for one in journeys if not one.facts.final]
    return Drafts(changed, alike, min(open_, default=None))


def _changed(unit: Unit, journeys: Sequence[NewJourney]) -> tuple[NewJourney, ...]:
    """Return the journeys that are not kept so already."""
    numbers = {p.journey for one in journeys for p in one.passages if p.journey is not None}
    known = {record.id: record for record in unit.tolls.numbered(numbers)}

    def is_kept(one: NewJourney) -> bool:
        """Tell whether all of a journey's passages, and no others, are one that is just so."""
        record = known.get(one.passages[0].journey or 0)
        ids = {passage.id for passage in one.passages}
        places = {(passage.journey, passage.settled) for passage in one.passages}
        same = record and (record.facts, set(record.passages)) == (one.facts, ids)
        return bool(same and record and places == {(record.id, one.facts.final)})

    return tuple(one for one in journeys if not is_kept(one))


def keep(store: Store, drafts: Drafts) -> int:
    """Keep journeys, and tell those that are over and new or another than before."""
    if not drafts.journeys:
        return 0
    with store.writing() as unit:
        kept = unit.tolls.keep(drafts.journeys)
        for one in kept:
            if one.record.facts.final:
                tell(unit, event_of(one.record, replaces=one.replaces))
    return len(kept)


def _misreads(passages: Sequence[PassageRecord]) -> Misreads:
    """Return how reading errs here: measured where there are plates enough to tell how alike they are."""
    usual = Misreads(cost=confusions.cost)
    if len(passages) < ENOUGH:
        return usual
    texts = {one.passage.reading.text for one in passages}
    measured = round(max(chance(texts, usual.chance), _LEAST), 2)  # so that not all figures change each time
    return Misreads(chance=measured, cost=confusions.cost)


def _settled(unit: Unit, halves: Sequence[NewJourney], road: Road, misreads: Misreads) -> Iterable[int]:
    """Yield the journeys that are over and that one of these, with an end unseen, may be a part of.

    Of one that is still under way only what comes after it can be: nearly nothing, unless it was told late.
    """
    if not halves:
        return
    reach = timedelta(seconds=max(map(road.roads.slowest, road.roads.first), default=0))
    mine = {passage.journey for one in halves for passage in one.passages}
    index = _Index(halves, reach)
    for record in _over(unit, index.since, index.until):
        plate = record.facts.plate
        near = {one.facts.plate for one in index.near(record.facts)}
        reading = Reading.of(plate)
        if record.id not in mine and any(evidence(reading, Reading.of(text), misreads) > 0 for text in near):
            yield record.id


class _Index:
    """Journeys by pieces of their texts, and when those may have begun that belong to them."""

    def __init__(self, journeys: Sequence[NewJourney], reach: timedelta) -> None:
        self._found: dict[tuple[str, str], list[tuple[datetime, datetime, NewJourney]]] = {}
        spans = [_span(one.facts, reach) for one in journeys]
        self.since, self.until = min(span[0] for span in spans), max(span[1] for span in spans)
        for one, (since, until) in zip(journeys, spans, strict=True):
            for piece in pieces(one.facts.plate):
                self._found.setdefault(piece, []).append((since, until, one))

    def near(self, facts: JourneyFacts) -> Iterable[NewJourney]:
        """Yield the journeys whose text and time are near to those of another one."""
        for piece in pieces(facts.plate):
            for since, until, one in self._found.get(piece, ()):
                if since <= facts.since < until:
                    yield one


def _span(facts: JourneyFacts, reach: timedelta) -> tuple[datetime, datetime]:
    """Return between which times a journey begins that may belong to one."""
    return facts.since - reach if facts.final else facts.until, facts.until + reach


def _over(unit: Unit, since: datetime, until: datetime) -> Iterable[JourneyRecord]:
    """Return the journeys of a span of time that are over and that no person judged."""
    query = JourneyQuery(since=since, until=until, limit=MOST)
    found = each(lambda cursor: unit.tolls.journeys(replace(query, cursor=cursor)))
    return (one for one in found if one.facts.final and not one.facts.verdict)


class Pairer:
    """Pairs what is due whenever it is asked to; where nothing has changed it asks the store but once."""

    def __init__(self, store: Store) -> None:
        """Know nothing yet of the store."""
        self._store = store
        self._seen: Pulse | None = None
        self._due: datetime | None = None

    def look(self) -> int:
        """Pair if something has changed or a journey may be over; return how many journeys have changed."""
        now = clock.now()
        with self._store.reading() as unit:
            pulse = unit.tolls.pulse()
        if pulse == self._seen and (self._due is None or now < self._due):
            return 0
        paired = pair_due(self._store, now)
        self._seen, self._due = pulse, paired.next
        return paired.changed
