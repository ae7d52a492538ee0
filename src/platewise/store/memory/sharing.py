"""Leases and parts of runs in dicts."""

from dataclasses import dataclass, replace
from datetime import datetime

from platewise import clock
from platewise.store.memory.tables import Tables, by_name
from platewise.store.sharing import FORGOTTEN, Lease


@dataclass(frozen=True, slots=True)
class KeptPart:
    """A part of a run that is kept, and since when."""

    run: str
    part: int
    at: datetime


class MemoryLeases:
    """The LeaseStore of one unit."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def now(self) -> datetime:
        """Return the time of this process."""
        return clock.now()

    def claim(self, name: str, holder: str, at: datetime, until: datetime) -> Lease | None:
        """Take a lease that is free, or prolong one's own."""
        for old in [lease.name for lease in self.leases() if lease.until < at - FORGOTTEN]:
            self._tables.drop(Lease, old)
        there = self._tables.all(Lease).get(name)
        if there and there.holder != holder and there.until > at:
            return None
        fence = there.fence + (there.holder != holder) if there else 1
        lease = Lease(name, holder, fence, until)
        self._tables.put(name, lease)
        return lease

    def release(self, lease: Lease) -> bool:
        """Give a lease up."""
        there = self._tables.all(Lease).get(lease.name)
        if there is None or not self.holds(lease) or not there.holder:
            return False
        self._tables.put(lease.name, replace(there, holder="", until=min(there.until, self.now())))
        return True

    def holds(self, lease: Lease) -> bool:
        """Tell whether nobody else has taken a lease."""
        there = self._tables.all(Lease).get(lease.name)
        return there is not None and (there.holder, there.fence) == (lease.holder, lease.fence)

    def leases(self) -> tuple[Lease, ...]:
        """Return all leases by name."""
        return by_name(self._tables.all(Lease).values())


class MemoryRuns:
    """The RunStore of one unit."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def note(self, run: str, part: int, at: datetime) -> bool:
        """Note that a part is kept."""
        if (run, part) in self._tables.all(KeptPart):
            return False
        self._tables.put((run, part), KeptPart(run, part, at))
        return True

    def done(self, run: str) -> set[int]:
        """Return the parts of a run that are kept."""
        return {kept.part for kept in self._tables.all(KeptPart).values() if kept.run == run}
