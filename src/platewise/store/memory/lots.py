"""Car parks, their visits and payments in dicts."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from platewise.errors import Conflict, InputError
from platewise.register.tariffs.payment import Paid
from platewise.register.values import Change, Decision, Lot, LotState, Recent, Visit
from platewise.store.matching import key_of
from platewise.store.memory.access import MemoryJournal
from platewise.store.memory.tables import Tables, by_name, check, newest_first, within
from platewise.store.paging import MOST, Page
from platewise.store.parking import Count, VisitQuery, VisitRecord, counts, display_of, heirs, usable
from platewise.store.records import ReadRecord
from platewise.store.site import Audit, Gate


@dataclass(frozen=True, slots=True)
class KeptVisit:
    """A visit, its number and its lot."""

    id: int
    lot: str
    visit: Visit


@dataclass(frozen=True, slots=True)
class KeptRecent:
    """A passing of late, its number and its lot."""

    id: int
    lot: str
    recent: Recent


class MemoryLots:
    """The LotStore of one unit."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def lots(self) -> tuple[Lot, ...]:
        """Return all car parks by name."""
        return by_name(self._tables.all(Lot).values())

    def lot(self, name: str) -> Lot | None:
        """Return one car park."""
        return self._tables.all(Lot).get(name)

    def put(self, lot: Lot) -> None:
        """Keep or replace one."""
        self._tables.put(lot.name, usable(lot, self._taken(lot.name)))

    def remove(self, name: str) -> bool:
        """Remove one with its visits and their payments."""
        if self._taken(name) or any(gate.lot == name for gate in self._tables.all(Gate).values()):
            raise Conflict(f"{name} has vehicles inside, or gates")
        for kept in tuple(self._of(name)):
            for paid in self.payments(kept.visit.id):
                self._tables.drop(Paid, paid.key)
            self._tables.drop(KeptVisit, kept.id)
        for passing in tuple(self._tables.all(KeptRecent).values()):
            if passing.lot == name:
                self._tables.drop(KeptRecent, passing.id)
        return self._tables.drop(Lot, name)

    def state(self, lot: str, at: datetime, also: Collection[str] = ()) -> LotState:
        """Return what is remembered of a car park at a time, and these visits too."""
        known = self.lot(lot)
        if known is None:
            raise InputError(f"there is no car park {lot!r}")
        visits = {kept.visit.id: kept.visit for kept in self._of(lot)}
        passings = sorted(self._tables.all(KeptRecent).values(), key=lambda kept: kept.id)
        recent = tuple(kept.recent for kept in passings if kept.lot == lot)
        state = LotState(known, visits, recent).remembered(at)
        wanted = {name: visits[name] for name in also if name in visits}
        return replace(state, visits={**state.visits, **wanted})

    def apply(self, lot: str, decision: Decision) -> None:
        """Keep what was decided and its line in the audit log."""
        if self.lot(lot) is None:
            raise InputError(f"there is no car park {lot!r}")
        for change in decision.changes:
            self._change(lot, change)
        for gone, heir in heirs(decision).items():
            for paid in self.payments(gone):
                self._tables.put(paid.key, replace(paid, visit=heir))
        if decision.lot:
            self.put(decision.lot)
        if decision.recent:
            number = self._tables.number(KeptRecent)
            self._tables.put(number, KeptRecent(number, lot, decision.recent))
        if line := decision.audit:
            audit = Audit(line.at, line.user, line.action, line.subject, line.detail)
            MemoryJournal(self._tables).append(audit)

    def visit(self, number: int) -> VisitRecord | None:
        """Return one visit."""
        kept = self._tables.all(KeptVisit).get(number)
        return record_of(self._tables, kept) if kept else None

    def number(self, visit: str) -> int | None:
        """Return the number of the visit with this register's id."""
        kept = self._tables.all(KeptVisit).values()
        return next((one.id for one in kept if one.visit.id == visit), None)

    def visits(self, query: VisitQuery) -> Page[VisitRecord]:
        """Return one page of visits."""
        check(replace(query, plate=None))
        key = None if query.plate is None else key_of(query.plate)
        found = [
            kept
            for kept in self._tables.all(KeptVisit).values()
            if query.lot in (None, kept.lot)
            and (not query.states or kept.visit.state in query.states)
            and (key is None or key in kept.visit.forms)
            and (query.read is None or query.read in _reads(kept.visit))
            and within(_begin(kept), query.since, query.until)
        ]
        page = newest_first(found, _begin, query.limit, query.cursor)
        return Page(tuple(record_of(self._tables, kept) for kept in page.items), page.next)

    def unreviewed(self, lot: str, since: datetime) -> tuple[str, ...]:
        """Return the visits that somebody may have to look at."""
        late = [kept for kept in self._of(lot) if not kept.visit.reviewed and _begin(kept) >= since]
        odd = [k for k in late if k.visit.state in ("unmatched", "lost") or k.visit.margin is not None]
        newest = sorted(odd, key=lambda kept: (_begin(kept), kept.id), reverse=True)
        return tuple(kept.visit.id for kept in newest[:MOST])

    def occupancy(self, lot: str, since: datetime, until: datetime) -> tuple[Count, ...]:
        """Return how many were inside at ``since`` and after each change until ``until``."""
        self.state(lot, since)
        stays = [kept.visit for kept in self._of(lot) if kept.visit.entry]
        came = [visit.entered for visit in stays if visit.entered]
        went = [visit.left for visit in stays if visit.left]
        inside = sum(at <= since for at in came) - sum(at <= since for at in went)
        return counts(Count(since, inside), _between(came, since, until), _between(went, since, until))

    def pay(self, paid: Paid) -> bool:
        """Keep a payment; False where its key told it before."""
        if self.number(paid.visit) is None:
            raise InputError(f"there is no visit {paid.visit}")
        known = self._tables.all(Paid).get(paid.key)
        if known not in (None, paid):
            raise Conflict(f"payment {paid.key} was told before, differently")
        self._tables.put(paid.key, paid)
        return known is None

    def payments(self, visit: str) -> tuple[Paid, ...]:
        """Return the payments for a visit, oldest first."""
        found = [paid for paid in self._tables.all(Paid).values() if paid.visit == visit]
        return tuple(sorted(found, key=lambda paid: (paid.at, paid.key)))

    def _change(self, lot: str, change: Change) -> None:
        one = change.before or change.after
        assert one
        there = next((k for k in self._tables.all(KeptVisit).values() if k.visit.id == one.id), None)
        if change.before != (there and there.visit) or (there and there.lot != lot):
            raise Conflict("a visit has changed meanwhile")
        if change.after:
            number = there.id if there else self._tables.number(KeptVisit)
            self._tables.put(number, KeptVisit(number, lot, change.after))
        elif there:
            self._tables.drop(KeptVisit, there.id)

    def _of(self, lot: str) -> Iterable[KeptVisit]:
        return (kept for kept in self._tables.all(KeptVisit).values() if kept.lot == lot)

    def _taken(self, lot: str) -> int:
        return sum(kept.visit.state == "inside" for kept in self._of(lot))


def record_of(tables: Tables, kept: KeptVisit) -> VisitRecord:
    """Return a visit with the pictures and the display form of its reads."""
    reads = tables.all(ReadRecord)
    shown = [s and s.read and reads.get(s.read) for s in (kept.visit.entry, kept.visit.exit)]
    entry, exit_ = (read.crop if isinstance(read, ReadRecord) else None for read in shown)
    displays = {read.normalised: read.display for read in shown if isinstance(read, ReadRecord)}
    return VisitRecord(kept.id, kept.lot, kept.visit, entry, exit_, display_of(kept.visit, displays))


def _reads(visit: Visit) -> tuple[int | None, ...]:
    return tuple(s.read for s in (visit.entry, visit.exit) if s)


def _begin(kept: KeptVisit) -> datetime:
    begin = kept.visit.entered or kept.visit.left
    assert begin
    return begin


def _between(times: Iterable[datetime], since: datetime, until: datetime) -> list[datetime]:
    return [at for at in times if since < at < until]
