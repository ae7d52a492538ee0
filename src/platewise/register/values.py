"""The values of a car park. All are frozen; every time is an aware UTC datetime that the caller gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from platewise.register.readings import Misreads, Reading

Direction = Literal["in", "out", "both"]
Kind = Literal["Entered", "Left", "Refused", "Repeated", "Unread", "Lost"]
ListKind = Literal["known", "allowed", "denied", "watched"]
VisitState = Literal["inside", "left", "lost", "unmatched"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that a plate is on at the time of its sighting."""

    name: str
    kind: ListKind


@dataclass(frozen=True, slots=True)
class Sighting:
    """One vehicle passing one gate once; the same ``key`` is the same passing, however often it is told.

    ``lists`` are those its plate is on at that time, ``read`` is the number of the read that shows it best.
    One without a text is ``beside`` where another plate was read in the same picture.
    """

    key: str
    seen_at: datetime
    reading: Reading
    gate: str = ""
    direction: Direction = "both"
    confidence: float = 1.0
    lists: tuple[Listed, ...] = ()
    read: int | None = None
    beside: bool = False

    def __post_init__(self) -> None:
        """Check that the time is UTC, so that stays subtract rightly."""
        if self.seen_at.utcoffset() != timedelta(0):
            raise ValueError("seen_at must be an aware UTC datetime")


@dataclass(frozen=True, slots=True)
class Visit:
    """A plate's stay: its entry, its exit, or an exit alone that belongs to no entry.

    ``lost_at`` ends a stay whose exit nobody saw. ``margin`` says in nats how much likelier this exit is than
    the next best explanation, None where nothing had to be guessed. What a person looked at is ``reviewed``
    and never paired anew.
    """

    id: str
    entry: Sighting | None = None
    exit: Sighting | None = None
    lost_at: datetime | None = None
    margin: float | None = None
    reviewed: bool = False

    @property
    def entered(self) -> datetime | None:
        """When it came."""
        return self.entry.seen_at if self.entry else None

    @property
    def left(self) -> datetime | None:
        """When it went, or was given up."""
        return self.exit.seen_at if self.exit else self.lost_at

    @property
    def state(self) -> VisitState:
        """Where the stay stands."""
        if not self.entry:
            return "unmatched"
        if self.exit:
            return "left"
        return "lost" if self.lost_at else "inside"

    @property
    def lone(self) -> "Visit":
        """Its exit as a visit of its own: under the exit's key, unless the visit itself is named by that."""
        assert self.exit
        own = self.exit.key != self.id
        return Visit(self.exit.key if own else f"{self.id}/out", exit=self.exit)

    @property
    def forms(self) -> tuple[str, ...]:
        """The different texts under which it was read, entry first."""
        read = (s.reading.text for s in (self.entry, self.exit) if s and s.reading.text)
        return tuple(dict.fromkeys(read))

    @property
    def plate(self) -> str:
        """The text most to be believed: listed, then surest, then first; empty where none was read."""
        read = [s for s in (self.entry, self.exit) if s and s.reading.text]
        return max(read, key=lambda s: (bool(s.lists), s.confidence)).reading.text if read else ""


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of a car park.

    ``debounce``: a vehicle in view of a gate that long after its last sighting is still the same passing.
    ``double_entry``: a plate that is inside enters again; 'mend' ends the former stay as lost, 'refuse' is
    anti-passback. ``longest_stay`` makes an overstay, ``lost_after`` gives it up. ``usual_stay`` and
    ``missed_entry`` (a share) weigh exits; ``sure`` is the margin in nats from which a pairing is final.
    ``memory``: how long a doubtful or unmatched exit may still be paired otherwise.
    """

    debounce: timedelta = timedelta(seconds=30)
    double_entry: Literal["mend", "refuse"] = "mend"
    allowed_only: bool = False
    longest_stay: timedelta = timedelta(hours=24)
    lost_after: timedelta = timedelta(hours=72)
    usual_stay: timedelta = timedelta(hours=2)
    missed_entry: float = 0.02
    sure: float = 3.0
    memory: timedelta = timedelta(hours=24)
    misreads: Misreads = field(default_factory=Misreads)


@dataclass(frozen=True, slots=True)
class Lot:
    """A car park; ``tariff`` is the TOML text of its tariff, empty where parking is free."""

    name: str
    capacity: int = 100
    policy: Policy = Policy()
    label: str = ""
    tariff: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """What a sighting did, or that none came and a stay is lost.

    ``visit`` names the stay concerned, ``reason`` says why where it is not plain.
    """

    kind: Kind
    at: datetime
    key: str
    plate: str
    visit: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One visit before and after; None where it was or is not there."""

    before: Visit | None
    after: Visit | None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """Who did what to what, and why."""

    at: datetime
    user: str
    action: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class Recent:
    """A sighting of late and what it did; ``first`` is the key of the first one of the same passing."""

    sighting: Sighting
    kind: Kind
    first: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be kept in one transaction: the event, the changed visits, the words for the audit log."""

    event: Event | None
    changes: tuple[Change, ...] = ()
    recent: Recent | None = None
    audit: AuditLine | None = None
    lot: Lot | None = None

    @property
    def lost(self) -> tuple[Visit, ...]:
        """The stays that it gives up."""
        pairs = ((c.before, c.after) for c in self.changes)
        return tuple(v for b, v in pairs if v and v.state == "lost" and (b is None or b.state != "lost"))


@dataclass(frozen=True, slots=True)
class LotState:
    """A car park at one moment: its visits by id, open or still open to change, and its latest sightings."""

    lot: Lot
    visits: Mapping[str, Visit] = field(default_factory=dict)
    recent: tuple[Recent, ...] = ()

    @property
    def inside(self) -> tuple[Visit, ...]:
        """The open visits."""
        return inside(self.visits)

    @property
    def occupied(self) -> int:
        """How many places are taken."""
        return len(self.inside)

    @property
    def free(self) -> int:
        """How many places are free."""
        return self.lot.capacity - self.occupied

    def after(self, decision: Decision) -> "LotState":
        """Return the state that a decision leads to."""
        visits = dict(self.visits)
        for change in decision.changes:
            if change.after:
                visits[change.after.id] = change.after
            elif change.before:
                del visits[change.before.id]
        recent = (*self.recent, decision.recent) if decision.recent else self.recent
        return LotState(decision.lot or self.lot, visits, recent)

    def remembered(self, at: datetime) -> "LotState":
        """Return the state without what can matter no more: the rows that a store need not load."""
        since = at - self.lot.policy.memory
        visits = {v.id: v for v in self.visits.values() if v.left is None or v.left >= since}
        recent = tuple(r for r in self.recent if r.sighting.seen_at >= since)
        return replace(self, visits=visits, recent=recent)


def inside(visits: Mapping[str, Visit]) -> tuple[Visit, ...]:
    """Return the open visits."""
    return tuple(visit for visit in visits.values() if visit.state == "inside")


def changes(before: Mapping[str, Visit], after: Mapping[str, Visit]) -> tuple[Change, ...]:
    """Return what must change to make one of the other."""
    names = dict.fromkeys([*before, *after])
    pairs = (Change(before.get(name), after.get(name)) for name in names)
    return tuple(c for c in pairs if c.before is not c.after and c.before != c.after)
