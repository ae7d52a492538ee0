"""Car parks in the store: lots, the visits of each, payments.

How signs are confused is never stored: a lot comes out with the costs of ``regions.confusions``.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, Protocol

from platewise.errors import Conflict, InputError
from platewise.regions import confusions
from platewise.register.readings import Reading
from platewise.register.tariffs.payment import Paid
from platewise.register.values import Decision, Lot, LotState, Sighting, Visit, VisitState
from platewise.store.paging import Page
from platewise.store.site import Camera, Gate, Lane

DEFAULTS = (Lot("main"), Gate("main", lot="main"), Lane("main", "main"), Camera("telegram", lane="main"))
"""What a fresh store holds, so that a telephone's pictures park cars at once."""

MOST_PLACES = 1_000_000
"""The largest car park."""


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """A stored visit. ``number`` is what people and programs call it, ``visit.id`` is the register's own.

    ``entry_crop`` and ``exit_crop`` are keys of the plate's pictures while these are kept, ``display`` is the
    plate's display form. A read that is gone is named no more.
    """

    number: int
    lot: str
    visit: Visit
    entry_crop: str | None
    exit_crop: str | None
    display: str


@dataclass(frozen=True, slots=True)
class VisitQuery:
    """Which visits, newest first. Every part that is given must hold; ``since <= begin < until``.

    A visit begins with its entry, else with its exit. ``plate`` is one of its forms, in any spelling, and
    ``read`` the number of a read that its entry or exit shows.
    """

    lot: str | None = None
    states: tuple[VisitState, ...] = ()
    plate: str | None = None
    read: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 100
    cursor: str | None = None


class Count(NamedTuple):
    """How many vehicles were inside from a time on."""

    at: datetime
    inside: int


class LotStore(Protocol):
    """Car parks by name, with their visits and payments."""

    def lots(self) -> tuple[Lot, ...]:
        """Return all car parks by name."""

    def lot(self, name: str) -> Lot | None:
        """Return one car park."""

    def put(self, lot: Lot) -> None:
        """Keep or replace one; ``Conflict`` where it has fewer places than are taken."""

    def remove(self, name: str) -> bool:
        """Remove one with its visits and their payments; tell whether it was there.

        ``Conflict`` while a vehicle is inside or a gate names it.
        """

    def state(self, lot: str, at: datetime, also: Collection[str] = ()) -> LotState:
        """Return what is remembered of a car park at a time, and the visits with these register's ids too."""

    def apply(self, lot: str, decision: Decision) -> None:
        """Keep what was decided and its line in the audit log.

        ``Conflict`` where a visit is no longer as it was when that was decided.
        """

    def visit(self, number: int) -> VisitRecord | None:
        """Return one visit."""

    def number(self, visit: str) -> int | None:
        """Return the number of the visit with this register's id."""

    def visits(self, query: VisitQuery) -> Page[VisitRecord]:
        """Return one page of visits."""

    def unreviewed(self, lot: str, since: datetime) -> tuple[str, ...]:
        """Return the ids of visits since then that nobody has looked at and somebody may have to.

        Exits alone, stays that were given up, exits that were paired; the newest ``MOST``.
        """

    def occupancy(self, lot: str, since: datetime, until: datetime) -> tuple[Count, ...]:
        """Return how many were inside at ``since`` and after each change until ``until``, as known now."""

    def pay(self, paid: Paid) -> bool:
        """Keep a payment; False where its key told it before, ``Conflict`` where that told another one."""

    def payments(self, visit: str) -> tuple[Paid, ...]:
        """Return the payments for the visit with this register's id, oldest first."""


def usable(lot: Lot, taken: int) -> Lot:
    """Return a lot as it may be kept where that many of its places are taken."""
    if not lot.name.strip() or not 0 <= lot.capacity <= MOST_PLACES:
        raise InputError(f"a car park has a name and 0 to {MOST_PLACES} places")
    if lot.capacity < taken:
        raise Conflict(f"{taken} places are taken")
    return with_confusions(lot)


def with_confusions(lot: Lot) -> Lot:
    """Return a lot that knows which signs are easily taken for each other."""
    misreads = replace(lot.policy.misreads, cost=confusions.cost)
    return replace(lot, policy=replace(lot.policy, misreads=misreads))


def heirs(decision: Decision) -> dict[str, str]:
    """Return who takes over from each visit that goes: whoever has its exit now, else whom a person named."""
    exits = {c.after.exit.key: c.after.id for c in decision.changes if c.after and c.after.exit}
    named = decision.audit.subject if decision.audit else None
    gone = (change.before for change in decision.changes if change.before and not change.after)
    found = {visit.id: exits.get(visit.exit.key, named) if visit.exit else named for visit in gone}
    return {name: heir for name, heir in found.items() if heir}


def counts(start: Count, entered: Iterable[datetime], left: Iterable[datetime]) -> tuple[Count, ...]:
    """Return the counts from ``start`` on, after these entries and exits."""
    steps: dict[datetime, int] = {}
    for times, step in ((entered, 1), (left, -1)):
        for at in times:
            steps[at] = steps.get(at, 0) + step
    found = [start]
    for at, step in sorted(steps.items()):
        if step:
            found.append(Count(at, found[-1].inside + step))
    return tuple(found)


def display_of(visit: Visit, displays: Mapping[str, str]) -> str:
    """Return the display form of a visit's plate, of those of the reads that it shows by normalised text."""
    return displays.get(visit.plate, visit.plate)


def nameless(visit: Visit, number: int) -> Visit:
    """Return an open visit that takes its place and says nothing of the vehicle but when it came."""
    assert visit.entered
    key = f"erased/{number}"
    return Visit(key, Sighting(key, visit.entered, Reading("")))
