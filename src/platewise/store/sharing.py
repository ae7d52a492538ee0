"""What lets several processes, on several machines, share one store without stepping on each other's toes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

FORGOTTEN = timedelta(days=1)
"""A lease that ended so long ago is forgotten."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Something that ``holder`` alone may do until ``until``, and after it until another takes it.

    ``fence`` grows whenever the holder changes: what was started under an older one counts no more.
    """

    name: str
    holder: str
    fence: int
    until: datetime


class LeaseStore(Protocol):
    """Leases, by name."""

    def now(self) -> datetime:
        """Return the time by the one clock that all who share the store go by."""

    def claim(self, name: str, holder: str, at: datetime, until: datetime) -> Lease | None:
        """Take a lease that is free at a time, or prolong one's own; None while another holds it."""

    def release(self, lease: Lease) -> bool:
        """Give a lease up; tell whether it was still held."""

    def holds(self, lease: Lease) -> bool:
        """Tell whether nobody else has taken a lease: ask in the transaction that needs it."""

    def leases(self) -> tuple[Lease, ...]:
        """Return all leases by name, those that ended too."""


class RunStore(Protocol):
    """Which parts of long runs are kept already."""

    def note(self, run: str, part: int, at: datetime) -> bool:
        """Note that a part is kept, in the transaction that keeps it; tell whether that is new."""

    def done(self, run: str) -> set[int]:
        """Return the parts of a run that are kept."""


class CallStore(Protocol):
    """Counts the calls that all servers together let in."""

    def take(self, key: str, most: int, seconds: int, count: int = 1) -> float:
        """Count calls and return 0; or the seconds to wait where over ``most`` came in ``seconds``.

        Calls are counted by the second, so a call may have to wait up to a second longer than it need.
        """
