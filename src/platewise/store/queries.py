"""Questions to the store and the shapes of its answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from platewise.register.tariffs.payment import Paid
from platewise.register.values import Recent
from platewise.store.paging import MOST, Page
from platewise.store.parking import VisitRecord
from platewise.store.records import (
    EventRecord,
    ReadRecord,
    ReviewRecord,
    SightingRecord,
    State,
)
from platewise.store.site import AuditRecord, EntryRecord
from platewise.store.tolling import JourneyRecord, PassageRecord

__all__ = [
    "MOST",
    "AuditQuery",
    "Bucket",
    "EntryQuery",
    "Held",
    "Imported",
    "MatchKind",
    "Page",
    "ReadQuery",
    "Removed",
    "Retention",
    "SightingQuery",
    "Statistics",
    "StatisticsQuery",
]
MatchKind = Literal["exact", "prefix", "wildcard", "misread"]


@dataclass(frozen=True, slots=True)
class ReadQuery:
    """Which reads, newest first. Every part that is given must hold; ``since <= captured_at < until``.

    ``text`` is compared without case and separators. In a wildcard ``?`` is one sign and ``*`` any number.
    ``misread`` finds what the text may have been read as, likeliest first, on one page.
    """

    text: str | None = None
    match: MatchKind = "exact"
    since: datetime | None = None
    until: datetime | None = None
    camera: str | None = None
    min_confidence: float | None = None
    max_confidence: float | None = None
    states: tuple[State, ...] = ()
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class SightingQuery:
    """Which sightings, newest first; ``text`` is exact but for case and separators."""

    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    camera: str | None = None
    gate: str | None = None
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class EntryQuery:
    """Which entries of a list, by plate; ``text`` is the beginning of a plate."""

    list: str
    text: str = ""
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which lines of the audit log, newest first."""

    user: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    subject: str | None = None
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class StatisticsQuery:
    """Of when and where; ``bucket`` is the width of one bar, at least a minute."""

    since: datetime
    until: datetime
    camera: str | None = None
    bucket: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Reads of one span of time from ``start``, and how many of them had a readable plate."""

    start: datetime
    reads: int
    readable: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts of a span of time. ``confidence`` counts readable reads in 20 equal bins of [0, 1].

    Empty buckets are left out. ``frames_hit`` is the number of frames with at least one readable plate.
    """

    buckets: tuple[Bucket, ...]
    confidence: tuple[int, ...]
    states: Mapping[State, int]
    frames: int
    frames_hit: int

    @property
    def hit_rate(self) -> float | None:
        """The share of frames with a readable plate; None where there are no frames."""
        return self.frames_hit / self.frames if self.frames else None


@dataclass(frozen=True, slots=True)
class Imported:
    """How many entries were new to a list, and how many replaced one of the same plate."""

    added: int
    replaced: int


@dataclass(frozen=True, slots=True)
class Retention:
    """What is too old: pictures, reads with their frames, sightings and events, and lines of the audit log.

    None keeps for ever. With ``rewrite`` SQLite's file is written anew afterwards: without it, gaps in the
    file may hold remains. None does so where anything went.
    """

    images_before: datetime | None = None
    reads_before: datetime | None = None
    audit_before: datetime | None = None
    rewrite: bool | None = None


@dataclass(frozen=True, slots=True)
class Removed:
    """How much was removed, by table, and how many picture files; ``complete`` when no trace is left.

    A trace is left when a reader held on to the old state of the database for too long: then repeat it.
    """

    rows: Mapping[str, int]
    images: int
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Held:
    """Everything that is held on one plate; ``images`` are keys of pictures.

    ``recent`` are its latest passings of a gate, kept to know it again while it stands there.
    """

    plate: str
    reads: tuple[ReadRecord, ...] = ()
    reviews: tuple[ReviewRecord, ...] = ()
    sightings: tuple[SightingRecord, ...] = ()
    events: tuple[EventRecord, ...] = ()
    entries: tuple[EntryRecord, ...] = ()
    audit: tuple[AuditRecord, ...] = ()
    images: tuple[str, ...] = field(default=())
    visits: tuple[VisitRecord, ...] = ()
    recent: tuple[Recent, ...] = ()
    payments: tuple[Paid, ...] = ()
    passages: tuple[PassageRecord, ...] = ()
    journeys: tuple[JourneyRecord, ...] = ()
