"""Toll roads in the store: the site as it was applied, passages of gantries, journeys, mismatches."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from platewise.register.journeys import State
from platewise.register.passages import Passage
from platewise.register.tariffs.quoting import Receipt
from platewise.store.paging import Page

Verdict = Literal["", "accepted", "completed", "waived"]
MismatchVerdict = Literal["", "one vehicle", "two vehicles"]


@dataclass(frozen=True, slots=True)
class SiteRecord:
    """A site as it was applied at a time, as TOML; the latest one holds."""

    id: int
    at: datetime
    user: str
    toml: str


@dataclass(frozen=True, slots=True)
class PassageRecord:
    """A stored passage. ``version`` grows with each change; ``settled``: its journey is over.

    ``crops`` are the keys of the plate's pictures, one a view, while these are kept.
    """

    id: int
    passage: Passage
    version: int = 1
    journey: int | None = None
    settled: bool = False
    display: str = ""
    crops: tuple[str | None, ...] = ()


class KeptSpeed(NamedTuple):
    """An average speed in km/h, and between which speeds the true one lies with 95 %."""

    kmh: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class JourneyFacts:
    """A journey as it was paired, see ``register.journeys.Journey``; ``since`` and ``until``: its ends seen.

    ``final``: nothing more is expected to change it. ``receipt`` is what it costs for a vehicle of class
    ``vehicle``; ``look`` says why a person should look at it, ``verdict`` what that person said.
    """

    plate: str
    gates: tuple[str, ...]
    state: State
    since: datetime
    until: datetime
    over_at: datetime
    final: bool
    probability: float
    margin: float | None
    paired: float
    began: float
    done: float
    speed: KeptSpeed | None = None
    vehicle: str = ""
    receipt: Receipt | None = None
    look: str = ""
    verdict: Verdict = ""

    @property
    def confidence(self) -> float:
        """How probably the plate, the pairing and both ends are right; 1 where a person said so."""
        return 1.0 if self.verdict else self.probability * self.paired * self.began * self.done


@dataclass(frozen=True, slots=True)
class JourneyRecord:
    """A stored journey and the numbers of its passages in the order of time."""

    id: int
    facts: JourneyFacts
    passages: tuple[int, ...]
    display: str = ""


@dataclass(frozen=True, slots=True)
class NewJourney:
    """A journey to keep, and the passages that it was paired from."""

    facts: JourneyFacts
    passages: tuple[PassageRecord, ...]


@dataclass(frozen=True, slots=True)
class KeptJourney:
    """A journey that is new or has changed; ``replaces`` are final ones that went into it and are gone."""

    record: JourneyRecord
    before: JourneyFacts | None
    replaces: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MismatchRecord:
    """Front and rear camera of a lane saw different plates at one moment: the two passages, by number."""

    id: int
    at: datetime
    gate: str
    front: int
    rear: int
    verdict: MismatchVerdict = ""


class Pulse(NamedTuple):
    """Differs where something has changed that journeys are paired from."""

    site: int
    passages: int
    versions: int
    newest: int


@dataclass(frozen=True, slots=True)
class PassageQuery:
    """Which passages, newest first; ``since <= at < until``.

    ``read`` is that of a view; ``unread``: without a text.
    """

    plate: str | None = None
    gate: str | None = None
    journey: int | None = None
    read: int | None = None
    unread: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 100
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class JourneyQuery:
    """Which journeys, newest first, by when they were first seen.

    ``gate`` is one of their ends; ``look``: whether a person should look at them.
    """

    plate: str | None = None
    states: tuple[State, ...] = ()
    gate: str | None = None
    look: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 100
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class MismatchQuery:
    """Which mismatches, newest first; ``judged``: whether a person has said what they are."""

    judged: bool | None = None
    limit: int = 100
    cursor: str | None = None


class TollStore(Protocol):
    """The site, and who passed and travelled on its roads."""

    def site(self, at: datetime | None = None) -> SiteRecord | None:
        """Return the site that holds, or that held at a time: the first one before it was applied."""

    def apply(self, toml: str, at: datetime, user: str) -> SiteRecord:
        """Keep a site as the one that holds from now on."""

    def near(self, gate: str, since: datetime, until: datetime) -> tuple[PassageRecord, ...]:
        """Return the passages of a gate with a view in ``since <= at < until``, whole, in time order."""

    def regroup(
        self, gone: Sequence[PassageRecord], now: Sequence[Passage], *, travelled: bool = True
    ) -> tuple[PassageRecord, ...]:
        """Put passages in the place of others, in order, with their numbers as far as they share views.

        What was undecided about a mismatch of these is forgotten. New ones are to be paired unless journeys
        do not lead here (``travelled``) or they have no text.
        """

    def passage(self, number: int) -> PassageRecord | None:
        """Return one passage."""

    def passages(self, query: PassageQuery) -> Page[PassageRecord]:
        """Return one page of passages."""

    def pulse(self) -> Pulse:
        """Return the pulse of what is to be paired."""

    def open(self) -> tuple[PassageRecord, ...]:
        """Return the passages with a text whose journey is not over, in the order of time."""

    def reopen(self, journeys: Collection[int]) -> tuple[JourneyRecord, ...]:
        """Let these journeys be paired anew, but for those that a person judged.

        A passage that has lost its text leaves its journey; one left without any goes. Return the final ones
        of those that went.
        """

    def keep(self, journeys: Sequence[NewJourney]) -> tuple[KeptJourney, ...]:
        """Keep journeys as they were paired; return those that are new or changed.

        One with a passage that has changed since it was read is left out. A journey keeps its number while
        one of its passages stays; one that has lost all of them is gone.
        """

    def judge(self, journey: JourneyRecord, facts: JourneyFacts) -> JourneyRecord:
        """Change a journey by hand; its passages are settled. ``Conflict`` where it has changed meanwhile."""

    def journey(self, number: int) -> JourneyRecord | None:
        """Return one journey."""

    def numbered(self, journeys: Collection[int]) -> tuple[JourneyRecord, ...]:
        """Return the journeys with these numbers, in no order."""

    def journeys(self, query: JourneyQuery) -> Page[JourneyRecord]:
        """Return one page of journeys."""

    def note(self, mismatches: Iterable[tuple[int, int]]) -> None:
        """Keep mismatches of passages, front and rear, that are not known."""

    def mismatch(self, number: int) -> MismatchRecord | None:
        """Return one mismatch."""

    def mismatches(self, query: MismatchQuery) -> Page[MismatchRecord]:
        """Return one page of mismatches."""

    def decide(self, mismatch: int, verdict: MismatchVerdict) -> bool:
        """Keep a verdict on a mismatch; tell whether it was undecided."""


def heirs(gone: Sequence[PassageRecord], now: Sequence[Passage]) -> list[PassageRecord | None]:
    """Return for each new passage the former one whose number it takes: the one with most of its views."""
    free = list(gone)
    found: list[PassageRecord | None] = [None] * len(now)
    order = sorted(range(len(now)), key=lambda n: (-len(now[n].views), n))
    for place in order:
        mine = _keys(now[place])
        heir = max(free, key=lambda one: len(mine & _keys(one.passage)), default=None)
        if heir and mine & _keys(heir.passage):
            found[place] = heir
            free.remove(heir)
    return found


def numbers(journeys: Sequence[NewJourney]) -> list[int | None]:
    """Return the number that each journey keeps: that of its earliest passage that no other one has taken."""
    taken: set[int] = set()
    found: list[int | None] = []
    for one in journeys:
        former = (passage.journey for passage in one.passages)
        number = next((n for n in former if n is not None and n not in taken), None)
        if number is not None:
            taken.add(number)
        found.append(number)
    return found


def former(journeys: Sequence[NewJourney]) -> set[int]:
    """Return the journeys that the passages of these belonged to."""
    return {p.journey for one in journeys for p in one.passages if p.journey is not None}


def differs(before: JourneyRecord | None, after: JourneyRecord) -> bool:
    """Tell whether a journey is another than before."""
    return before is None or (before.facts, set(before.passages)) != (after.facts, set(after.passages))


def display_of(passage: Passage, displays: Mapping[str, str]) -> str:
    """Return the display form of a passage's plate, of those of its reads by normalised text."""
    return displays.get(passage.reading.text, passage.reading.text)


def _keys(passage: Passage) -> set[str]:
    return {view.sighting.key for view in passage.views}
