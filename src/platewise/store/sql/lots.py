"""Car parks, their visits and payments in SQL."""

from collections.abc import Collection, Iterable
from datetime import datetime
from heapq import nlargest
from itertools import product
from typing import Any

from sqlalchemy import Connection, Select, delete, desc, func, or_, select, union, update
from sqlalchemy.sql.elements import ColumnElement

from platewise.errors import Conflict, InputError
from platewise.register.tariffs.payment import Paid
from platewise.register.values import Change, Decision, Lot, LotState
from platewise.store.instants import from_micros, to_micros
from platewise.store.matching import check_limit, key_of
from platewise.store.paging import MOST, Page
from platewise.store.parking import Count, VisitQuery, VisitRecord, counts, heirs, usable
from platewise.store.site import Audit
from platewise.store.sql.journal import SqlJournal
from platewise.store.sql.lot_rows import (
    VISITS,
    lot_columns,
    lot_of,
    paid_columns,
    paid_of,
    recent_columns,
    recent_of,
    visit_columns,
    visit_of,
    visit_record,
)
from platewise.store.sql.rows import beyond, insert_row, is_number, micros, page, put_row, within
from platewise.store.sql.schema import gates, lots, passings, payments, visits


class SqlLots:
    """The LotStore of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lots(self) -> tuple[Lot, ...]:
        """Return all car parks by name."""
        return tuple(map(lot_of, self._connection.execute(select(lots).order_by(lots.c.name))))

    def lot(self, name: str) -> Lot | None:
        """Return one car park."""
        row = self._connection.execute(select(lots).where(lots.c.name == name)).first()
        return lot_of(row) if row else None

    def put(self, lot: Lot) -> None:
        """Keep or replace one."""
        put_row(self._connection, lots, "name", lot_columns(usable(lot, self._taken(lot.name))))

    def remove(self, name: str) -> bool:
        """Remove one with its visits and their payments."""
        gate = self._connection.execute(select(gates.c.name).where(gates.c.lot == name)).first()
        if gate or self._taken(name):
            raise Conflict(f"{name} has vehicles inside, or gates")
        return self._connection.execute(delete(lots).where(lots.c.name == name)).rowcount > 0

    def state(self, lot: str, at: datetime, also: Collection[str] = ()) -> LotState:
        """Return what is remembered of a car park at a time, and these visits too."""
        known = self._get(lot)
        since = to_micros(at - known.policy.memory)
        ways = [visits.c.left.is_(None), micros(visits.c.left) >= since]
        ways += [visits.c.key.in_(also)] if also else []
        numbers = union(*(select(visits.c.id).where(visits.c.lot == lot, way) for way in ways))
        rows = select(visits).where(visits.c.id.in_(numbers)).order_by(visits.c.id)
        found = map(visit_of, self._connection.execute(rows))
        late = [micros(passings.c.seen_at) >= since, passings.c.lot == lot]
        seen = self._connection.execute(select(passings).where(*late).order_by(passings.c.id))
        return LotState(known, {visit.id: visit for visit in found}, tuple(map(recent_of, seen)))

    def apply(self, lot: str, decision: Decision) -> None:
        """Keep what was decided and its line in the audit log."""
        self._get(lot)
        gone = [number for change in decision.changes if (number := self._change(lot, change))]
        for former, heir in heirs(decision).items():
            moved = update(payments).where(payments.c.visit == former).values(visit=heir)
            self._connection.execute(moved)
        for number in gone:
            self._connection.execute(delete(visits).where(visits.c.id == number))
        if decision.lot:
            self.put(decision.lot)
        if decision.recent:
            insert_row(self._connection, passings, {"lot": lot, **recent_columns(decision.recent)})
        if line := decision.audit:
            audit = Audit(line.at, line.user, line.action, line.subject, line.detail)
            SqlJournal(self._connection).append(audit)

    def visit(self, number: int) -> VisitRecord | None:
        """Return one visit."""
        found = VISITS.where(visits.c.id == number)
        row = self._connection.execute(found).first() if is_number(number) else None
        return visit_record(row) if row else None

    def number(self, visit: str) -> int | None:
        """Return the number of the visit with this register's id."""
        return self._connection.execute(select(visits.c.id).where(visits.c.key == visit)).scalar()

    def visits(self, query: VisitQuery) -> Page[VisitRecord]:
        """Return one page of visits."""
        check_limit(query.limit)
        names = [lot.name for lot in self.lots() if query.lot in (None, lot.name)]
        places = (place for way in _ways(query, names) for place in self._connection.execute(way))
        newest = nlargest(query.limit + 1, ((place.begun, place.id) for place in places))
        rows = self._connection.execute(VISITS.where(visits.c.id.in_([number for _, number in newest])))
        records = {row.id: visit_record(row) for row in rows}
        order = {number: begun for begun, number in newest}
        return page([records[number] for number in order], query.limit, order)

    def unreviewed(self, lot: str, since: datetime) -> tuple[str, ...]:
        """Return the visits that somebody may have to look at."""
        odd = or_(visits.c.state.in_(("unmatched", "lost")), visits.c.margin.is_not(None))
        late = micros(visits.c.begun) >= to_micros(since)
        some = select(visits.c.key).where(visits.c.lot == lot, late, odd, visits.c.reviewed.is_(False))
        newest = some.order_by(desc(micros(visits.c.begun)), desc(visits.c.id)).limit(MOST)
        return tuple(self._connection.execute(newest).scalars())

    def occupancy(self, lot: str, since: datetime, until: datetime) -> tuple[Count, ...]:
        """Return how many were inside at ``since`` and after each change until ``until``."""
        self._get(lot)
        begun, left = micros(visits.c.begun), micros(visits.c.left)
        here = select(func.count()).where(visits.c.lot == lot, begun <= to_micros(since))
        still = (here.where(gone) for gone in (left.is_(None), left > to_micros(since)))
        inside = sum(self._connection.execute(some).scalar_one() for some in still)
        came, went = (
            map(from_micros, self._connection.execute(_between(lot, time, since, until)).scalars())
            for time in (begun, left)
        )
        return counts(Count(since, inside), came, went)

    def pay(self, paid: Paid) -> bool:
        """Keep a payment; False where its key told it before."""
        if self.number(paid.visit) is None:
            raise InputError(f"there is no visit {paid.visit}")
        there = self._connection.execute(select(payments).where(payments.c.key == paid.key)).first()
        if there and paid_of(there) != paid:
            raise Conflict(f"payment {paid.key} was told before, differently")
        if there is None:
            self._connection.execute(payments.insert().values(paid_columns(paid)))
        return there is None

    def payments(self, visit: str) -> tuple[Paid, ...]:
        """Return the payments for a visit, oldest first."""
        some = select(payments).where(payments.c.visit == visit)
        return tuple(map(paid_of, self._connection.execute(some.order_by(payments.c.at, payments.c.key))))

    def _change(self, lot: str, change: Change) -> int | None:
        """Keep one visit as it is afterwards; return the number of one that is to go."""
        one = change.before or change.after
        assert one
        row = self._connection.execute(select(visits).where(visits.c.key == one.id)).first()
        if change.before != (visit_of(row) if row else None) or (row and row.lot != lot):
            raise Conflict("a visit has changed meanwhile")
        if row and change.after:
            changed = update(visits).where(visits.c.id == row.id).values(visit_columns(change.after))
            self._connection.execute(changed)
        elif change.after:
            insert_row(self._connection, visits, {"lot": lot, **visit_columns(change.after)})
        return row.id if row and not change.after else None

    def _get(self, name: str) -> Lot:
        lot = self.lot(name)
        if lot is None:
            raise InputError(f"there is no car park {name!r}")
        return lot

    def _taken(self, lot: str) -> int:
        inside = select(func.count()).where(visits.c.lot == lot, visits.c.state == "inside")
        return self._connection.execute(inside).scalar_one()


def _ways(query: VisitQuery, names: Iterable[str]) -> Iterable[Select[Any]]:
    """Yield what finds the newest visits: one index in the order of time for each lot and state.

    The visits of a plate or a read are few: they are taken all, and the other columns named in a form that no
    index serves.
    """
    when = within(visits.c.begun, query.since, query.until)
    when += beyond(query.cursor, visits.c.begun, visits.c.id)
    some = select(visits.c.begun, visits.c.id).where(*when).limit(query.limit + 1)
    some = some.order_by(desc(micros(visits.c.begun)), desc(visits.c.id))
    shown = _shown(query)
    if not shown:
        for lot, state in product(names, query.states or (None,)):
            yield some.where(visits.c.lot == lot, *([] if state is None else [visits.c.state == state]))
        return
    states = [visits.c.state.concat("").in_(query.states)] if query.states else []
    yield some.where(*shown, *states, visits.c.lot.concat("").in_(list(names)))


def _shown(query: VisitQuery) -> list[ColumnElement[bool]]:
    shown = []
    if query.plate is not None:
        key = key_of(query.plate)
        shown.append(or_(visits.c.entry_text == key, visits.c.exit_text == key))
    if query.read is not None:
        shown.append(or_(visits.c.entry_read == query.read, visits.c.exit_read == query.read))
    return shown


def _between(lot: str, time: ColumnElement[int], since: datetime, until: datetime) -> Select[Any]:
    """Select the changes of the count. An exit alone begins and ends at once, so it counts for nothing."""
    return select(time).where(visits.c.lot == lot, time > to_micros(since), time < to_micros(until))
