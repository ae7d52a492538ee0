"""Toll roads in dicts: the site, passages, journeys, mismatches."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from platewise.errors import Conflict
from platewise.register.passages import Passage
from platewise.store.matching import key_of
from platewise.store.memory.tables import Tables, check, newest_first, within
from platewise.store.paging import Page
from platewise.store.records import ReadRecord
from platewise.store.tolling import (
    JourneyFacts,
    JourneyQuery,
    JourneyRecord,
    KeptJourney,
    MismatchQuery,
    MismatchRecord,
    MismatchVerdict,
    NewJourney,
    PassageQuery,
    PassageRecord,
    Pulse,
    SiteRecord,
    differs,
    display_of,
    former,
    heirs,
    numbers,
)


@dataclass(frozen=True, slots=True)
class KeptPassage:
    """A passage, its number and its place among journeys."""

    id: int
    passage: Passage
    version: int = 1
    journey: int | None = None
    settled: bool = False


@dataclass(frozen=True, slots=True)
class StoredJourney:
    """A journey and its number."""

    id: int
    facts: JourneyFacts


class MemoryPassages:
    """The part of a TollStore that is about passages."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def near(self, gate: str, since: datetime, until: datetime) -> tuple[PassageRecord, ...]:
        """Return the passages of a gate with a view in a span of time."""
        found = [
            kept
            for kept in self._tables.all(KeptPassage).values()
            if kept.passage.gate == gate
            and any(within(view.sighting.seen_at, since, until) for view in kept.passage.views)
        ]
        return records(self._tables, found)

    def regroup(
        self, gone: Sequence[PassageRecord], now: Sequence[Passage], *, travelled: bool = True
    ) -> tuple[PassageRecord, ...]:
        """Put passages in the place of others."""
        there = self._tables.all(KeptPassage)
        if any(one.id not in there or there[one.id].version != one.version for one in gone):
            raise Conflict("a passage has changed meanwhile")
        ids = {one.id for one in gone}
        for mismatch in tuple(self._tables.all(MismatchRecord).values()):
            if not mismatch.verdict and ids & {mismatch.front, mismatch.rear}:
                self._tables.drop(MismatchRecord, mismatch.id)
        pairs = zip(heirs(gone, now), now, strict=True)
        kept = [self._put_passage(heir, new, travelled) for heir, new in pairs]
        drop_passages(self._tables, ids - {one.id for one in kept})
        return tuple(record_of(self._tables, one) for one in kept)

    def passage(self, number: int) -> PassageRecord | None:
        """Return one passage."""
        kept = self._tables.all(KeptPassage).get(number)
        return record_of(self._tables, kept) if kept else None

    def passages(self, query: PassageQuery) -> Page[PassageRecord]:
        """Return one page of passages."""
        check(replace(query, plate=None))
        key = None if query.plate is None else key_of(query.plate)
        found = [
            kept
            for kept in self._tables.all(KeptPassage).values()
            if key in (None, kept.passage.reading.text)
            and query.gate in (None, kept.passage.gate)
            and query.journey in (None, kept.journey)
            and query.read in (None, *(view.sighting.read for view in kept.passage.views))
            and query.unread in (None, not kept.passage.reading.text)
            and within(kept.passage.at, query.since, query.until)
        ]
        page = newest_first(found, lambda kept: kept.passage.at, query.limit, query.cursor)
        return Page(tuple(record_of(self._tables, kept) for kept in page.items), page.next)

    def open(self) -> tuple[PassageRecord, ...]:
        """Return the passages with a text whose journey is not over."""
        kept = self._tables.all(KeptPassage).values()
        return records(self._tables, (one for one in kept if not one.settled and one.passage.reading.text))

    def _put_passage(self, heir: PassageRecord | None, new: Passage, travelled: bool) -> KeptPassage:
        if heir:
            there = self._tables.all(KeptPassage)[heir.id]
            kept = replace(there, passage=new, version=heir.version + 1)
        else:
            kept = KeptPassage(self._tables.number(KeptPassage), new)
        if kept.journey is None:
            kept = replace(kept, settled=not (travelled and new.reading.text))
        self._tables.put(kept.id, kept)
        return kept


class MemoryJourneys:
    """The part of a TollStore that is about journeys."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def reopen(self, journeys: Collection[int]) -> tuple[JourneyRecord, ...]:
        """Let these journeys be paired anew, but for those that a person judged."""
        there = [record for number in sorted(journeys) if (record := self.journey(number))]
        free = {record.id: record for record in there if not record.facts.verdict}
        for kept in tuple(self._tables.all(KeptPassage).values()):
            if kept.journey in free:
                text = kept.passage.reading.text
                new = replace(kept, settled=not text, journey=kept.journey if text else None)
                self._tables.put(kept.id, new)
        gone = self._sweep(free)
        return tuple(record for record in free.values() if record.id in gone and record.facts.final)

    def keep(self, journeys: Sequence[NewJourney]) -> tuple[KeptJourney, ...]:
        """Keep journeys as they were paired; return those that are new or changed."""
        fresh = [one for one in journeys if all(map(self._is_unchanged, one.passages))]
        named = numbers(fresh)
        before = {number: self.journey(number) for number in former(fresh)}
        put = [self._put_journey(one, number) for one, number in zip(fresh, named, strict=True)]
        gone = self._sweep(before.keys() - set(named))
        changed = []
        for one, number in zip(fresh, put, strict=True):
            was, record = before.get(number), journey_of(self._tables, number)
            lost = sorted(former([one]) & gone)
            replaces = tuple(n for n in lost if (b := before[n]) and b.facts.final)
            if replaces or differs(was, record):
                changed.append(KeptJourney(record, was.facts if was else None, replaces))
        return tuple(changed)

    def judge(self, journey: JourneyRecord, facts: JourneyFacts) -> JourneyRecord:
        """Change a journey by hand."""
        if self.journey(journey.id) != journey:
            raise Conflict("this journey has changed meanwhile")
        self._tables.put(journey.id, StoredJourney(journey.id, facts))
        for number in journey.passages:
            kept = self._tables.all(KeptPassage)[number]
            self._tables.put(number, replace(kept, settled=True))
        return replace(journey, facts=facts)

    def journey(self, number: int) -> JourneyRecord | None:
        """Return one journey."""
        there = number in self._tables.all(StoredJourney)
        return journey_of(self._tables, number) if there else None

    def numbered(self, journeys: Collection[int]) -> tuple[JourneyRecord, ...]:
        """Return the journeys with these numbers."""
        return tuple(record for number in journeys if (record := self.journey(number)))

    def journeys(self, query: JourneyQuery) -> Page[JourneyRecord]:
        """Return one page of journeys."""
        check(replace(query, plate=None))
        key = None if query.plate is None else key_of(query.plate)
        found = [
            one
            for one in self._tables.all(StoredJourney).values()
            if key in (None, one.facts.plate)
            and (not query.states or one.facts.state in query.states)
            and query.gate in (None, one.facts.gates[0], one.facts.gates[-1])
            and query.look in (None, bool(one.facts.look))
            and within(one.facts.since, query.since, query.until)
        ]
        page = newest_first(found, lambda one: one.facts.since, query.limit, query.cursor)
        return Page(tuple(journey_of(self._tables, one.id) for one in page.items), page.next)

    def _sweep(self, numbers_: Collection[int]) -> set[int]:
        """Remove those of these journeys that have lost all passages; return their numbers."""
        used = {kept.journey for kept in self._tables.all(KeptPassage).values()}
        return {number for number in set(numbers_) - used if self._tables.drop(StoredJourney, number)}

    def _is_unchanged(self, record: PassageRecord) -> bool:
        kept = self._tables.all(KeptPassage).get(record.id)
        same = record.version, record.journey, record.settled
        return kept is not None and (kept.version, kept.journey, kept.settled) == same

    def _put_journey(self, one: NewJourney, number: int | None) -> int:
        if number is None:
            number = self._tables.number(StoredJourney)
        self._tables.put(number, StoredJourney(number, one.facts))
        for passage in one.passages:
            kept = self._tables.all(KeptPassage)[passage.id]
            self._tables.put(kept.id, replace(kept, journey=number, settled=one.facts.final))
        return number


class MemoryTolls(MemoryPassages, MemoryJourneys):
    """The TollStore of one unit."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def site(self, at: datetime | None = None) -> SiteRecord | None:
        """Return the site that holds, or that held at a time."""
        kept = [one for _, one in sorted(self._tables.all(SiteRecord).items())]
        held = [one for one in kept if at is None or one.at <= at]
        return held[-1] if held else next(iter(kept), None)

    def apply(self, toml: str, at: datetime, user: str) -> SiteRecord:
        """Keep a site as the one that holds from now on."""
        record = SiteRecord(self._tables.number(SiteRecord), at, user, toml)
        self._tables.put(record.id, record)
        return record

    def pulse(self) -> Pulse:
        """Return the pulse of what is to be paired."""
        kept = [one for one in self._tables.all(KeptPassage).values() if not one.settled]
        versions, newest = sum(one.version for one in kept), max((one.id for one in kept), default=0)
        return Pulse(max(self._tables.all(SiteRecord), default=0), len(kept), versions, newest)

    def note(self, mismatches: Iterable[tuple[int, int]]) -> None:
        """Keep mismatches of passages, front and rear, that are not known."""
        for front, rear in mismatches:
            there = self._tables.all(MismatchRecord).values()
            if not any((one.front, one.rear) == (front, rear) for one in there):
                seen = self._tables.all(KeptPassage)[front].passage
                number = self._tables.number(MismatchRecord)
                self._tables.put(number, MismatchRecord(number, seen.at, seen.gate, front, rear))

    def mismatch(self, number: int) -> MismatchRecord | None:
        """Return one mismatch."""
        return self._tables.all(MismatchRecord).get(number)

    def mismatches(self, query: MismatchQuery) -> Page[MismatchRecord]:
        """Return one page of mismatches."""
        kept = self._tables.all(MismatchRecord).values()
        found = [one for one in kept if query.judged in (None, bool(one.verdict))]
        return newest_first(found, lambda one: one.at, query.limit, query.cursor)

    def decide(self, mismatch: int, verdict: MismatchVerdict) -> bool:
        """Keep a verdict on a mismatch; tell whether it was undecided."""
        kept = self.mismatch(mismatch)
        if kept is None or kept.verdict:
            return False
        self._tables.put(mismatch, replace(kept, verdict=verdict))
        return True


def record_of(tables: Tables, kept: KeptPassage) -> PassageRecord:
    """Return a passage with what its reads show."""
    shown = [tables.all(ReadRecord).get(view.sighting.read or 0) for view in kept.passage.views]
    display = display_of(kept.passage, {read.normalised: read.display for read in shown if read})
    crops = tuple(read.crop if read else None for read in shown)
    return PassageRecord(kept.id, kept.passage, kept.version, kept.journey, kept.settled, display, crops)


def records(tables: Tables, kept: Iterable[KeptPassage]) -> tuple[PassageRecord, ...]:
    """Return passages in the order of time."""
    in_time = sorted(kept, key=lambda one: (one.passage.at, one.id))
    return tuple(record_of(tables, one) for one in in_time)


def journey_of(tables: Tables, number: int) -> JourneyRecord:
    """Return a journey with its passages."""
    facts = tables.all(StoredJourney)[number].facts
    mine = records(tables, (one for one in tables.all(KeptPassage).values() if one.journey == number))
    reads = (tables.all(ReadRecord).get(v.sighting.read or 0) for one in mine for v in one.passage.views)
    shown = sorted(read.display for read in reads if read and read.normalised == facts.plate)
    return JourneyRecord(number, facts, tuple(one.id for one in mine), shown[0] if shown else facts.plate)


def drop_passages(tables: Tables, ids: Collection[int]) -> int:
    """Remove passages with their mismatches; return how many."""
    for mismatch in tuple(tables.all(MismatchRecord).values()):
        if mismatch.front in ids or mismatch.rear in ids:
            tables.drop(MismatchRecord, mismatch.id)
    return sum(tables.drop(KeptPassage, number) for number in ids)
