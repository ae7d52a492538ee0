"""Leases and parts of runs in SQL."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, text, update

from platewise import clock
from platewise.store.instants import from_micros
from platewise.store.sharing import FORGOTTEN, Lease
from platewise.store.sql.rows import within
from platewise.store.sql.shared_schema import leases, run_parts

_CLOCK = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")


class SqlLeases:
    """The LeaseStore of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def now(self) -> datetime:
        """Return the database server's time; a file has none, and is shared within one machine."""
        if self._connection.dialect.name != "postgresql":
            return clock.now()
        return from_micros(int(self._connection.execute(_CLOCK).scalar_one()))

    def claim(self, name: str, holder: str, at: datetime, until: datetime) -> Lease | None:
        """Take a lease that is free, or prolong one's own."""
        self._connection.execute(delete(leases).where(*within(leases.c.until, None, at - FORGOTTEN)))
        row = self._connection.execute(select(leases).where(leases.c.name == name)).first()
        if row is None:
            lease = Lease(name, holder, 1, until)
            self._connection.execute(insert(leases).values(name=name, holder=holder, fence=1, until=until))
            return lease
        if row.holder != holder and row.until > at:
            return None
        fence = row.fence + (row.holder != holder)
        taken = update(leases).where(leases.c.name == name).values(holder=holder, fence=fence, until=until)
        self._connection.execute(taken)
        return Lease(name, holder, fence, until)

    def release(self, lease: Lease) -> bool:
        """Give a lease up."""
        row = self._connection.execute(select(leases).where(leases.c.name == lease.name)).first()
        if row is None or (row.holder, row.fence) != (lease.holder, lease.fence) or not row.holder:
            return False
        free = update(leases).where(leases.c.name == lease.name).values(holder="", fence=row.fence)
        self._connection.execute(free.values(until=min(row.until, self.now())))
        return True

    def holds(self, lease: Lease) -> bool:
        """Tell whether nobody else has taken a lease."""
        row = self._connection.execute(select(leases).where(leases.c.name == lease.name)).first()
        return row is not None and (row.holder, row.fence) == (lease.holder, lease.fence)

    def leases(self) -> tuple[Lease, ...]:
        """Return all leases by name."""
        rows = self._connection.execute(select(leases).order_by(leases.c.name))
        return tuple(Lease(row.name, row.holder, row.fence, row.until) for row in rows)


class SqlRuns:
    """The RunStore of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, run: str, part: int, at: datetime) -> bool:
        """Note that a part is kept."""
        same = select(run_parts.c.part).where(run_parts.c.run == run, run_parts.c.part == part)
        if self._connection.execute(same).first():
            return False
        self._connection.execute(insert(run_parts).values(run=run, part=part, at=at))
        return True

    def done(self, run: str) -> set[int]:
        """Return the parts of a run that are kept."""
        return set(self._connection.execute(select(run_parts.c.part).where(run_parts.c.run == run)).scalars())
