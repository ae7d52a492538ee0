"""What is done again and again while a server runs: ending what is too old, and saying that it still runs.

Each job looks at the store to see what there is to do. So it may run in several servers, late, twice or not
at all for a while, and needs no schedule that outlives the process (docs/adr/0017).
"""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from platewise import clock, gatehouse
from platewise.errors import PlatewiseError
from platewise.gatehouse.pairing import Pairer
from platewise.gatehouse.telling import tell
from platewise.settings import Settings
from platewise.store.outputs import HEARTBEAT
from platewise.store.protocol import Store
from platewise.store.queries import Removed, Retention
from platewise.store.records import NewEvent

log = logging.getLogger(__name__)
MINUTE, HOUR = 60.0, 3600.0
PAIRING = 2.0
"""Seconds between two looks for journeys to pair."""
BEAT = timedelta(minutes=5)
"""What lies between two heartbeats."""
_BEATEN = "last_heartbeat"
REWRITING = timedelta(days=1)
"""How long remains of what was removed may lie in gaps of SQLite's file."""
_REMAINS = "remains_since"


class Job(NamedTuple):
    """Something to do now and every so many seconds."""

    name: str
    every: float
    work: Callable[[], object]


def keep_doing(store: Store, settings: Settings) -> threading.Event:
    """Go the rounds in a thread of its own until the returned event is set."""
    jobs = (
        Job("retention", HOUR, lambda: tidy(store, settings)),
        Job("stays", 5 * MINUTE, lambda: give_up(store)),
        Job("journeys", PAIRING, Pairer(store).look),
        Job("heartbeat", MINUTE, lambda: heartbeat(store)),
    )
    stop = threading.Event()
    threading.Thread(target=go, args=(jobs, stop), name="rounds", daemon=True).start()
    return stop


def go(jobs: Sequence[Job], stop: threading.Event) -> None:
    """Do each job when it is due, until stopped; one that fails holds no other up, and has its next turn."""
    due = dict.fromkeys(jobs, clock.ticks())
    while not stop.is_set():
        job = min(due, key=due.__getitem__)
        if stop.wait(max(due[job] - clock.ticks(), 0.0)):
            return
        try:
            job.work()
        except PlatewiseError as error:
            log.error("%s: %s", job.name, error)
        except Exception:
            log.exception("%s failed", job.name)
        due[job] = clock.ticks() + job.every


def expire(store: Store, settings: Settings, rewrite: bool | None = None) -> Removed:
    """Remove what is too old by the owner's choice on the page Settings, else by the settings.

    With ``whole_months`` nothing of a month goes before all of it may. ``rewrite`` is that of ``Retention``.
    """
    now = clock.now()
    with store.reading() as unit:
        chosen = unit.site.settings()
    images, reads, audit = (
        _before(now, int(chosen.get(name, getattr(settings, name))))
        for name in ("keep_images", "keep_reads", "keep_audit")
    )
    if reads and settings.whole_months == "on":
        reads = reads.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return store.expire(Retention(images, reads, audit, rewrite), now)


def tidy(store: Store, settings: Settings) -> None:
    """Remove what is too old; write SQLite's file, which may hold remains in its gaps, anew a day later.

    That copies all of it while writers wait, so it is not done each hour.
    """
    now = clock.now()
    with store.reading() as unit:
        since = unit.site.settings().get(_REMAINS, "")
    rewrite = bool(since) and not timedelta(0) <= now - datetime.fromisoformat(since) < REWRITING
    removed = expire(store, settings, rewrite)
    remains = "" if rewrite and removed.complete else since or (now.isoformat() if removed.rows else "")
    if remains != since:
        with store.writing() as unit:
            unit.site.set({_REMAINS: remains})


def give_up(store: Store) -> int:
    """End the stays in car parks that lasted longer than any can; return how many."""
    with store.writing() as unit:
        return gatehouse.tend(unit, clock.now())


def heartbeat(store: Store) -> bool:
    """Tell the outputs that asked for it that the server runs; False where it is not time, or nobody did."""
    now = clock.now()
    with store.reading() as unit:
        if not unit.outputs.for_event(HEARTBEAT):
            return False
    with store.writing() as unit:
        before = unit.site.settings().get(_BEATEN)
        if before and timedelta(0) <= now - datetime.fromisoformat(before) < BEAT:
            return False  # another server of the same store was first
        unit.site.set({_BEATEN: now.isoformat()})
        tell(unit, NewEvent(HEARTBEAT, now, {"open_alerts": unit.alerts.waiting()}))
    return True


def _before(now: datetime, days: int) -> datetime | None:
    return now - timedelta(days=days) if days else None
