"""Retention, erasing and showing what a plate left behind in car parks, in dicts."""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from platewise.register.tariffs.payment import Paid
from platewise.register.values import Visit
from platewise.store.memory.lots import KeptRecent, KeptVisit
from platewise.store.memory.tables import Tables
from platewise.store.parking import nameless


def visits_of(tables: Tables, key: str, reads: Collection[int]) -> tuple[KeptVisit, ...]:
    """Return the visits of a plate, and those that show one of its reads."""
    kept = tables.all(KeptVisit).values()
    return tuple(one for one in kept if key in one.visit.forms or _shows(one.visit, reads))


def recent_of(tables: Tables, key: str, reads: Collection[int]) -> tuple[KeptRecent, ...]:
    """Return the passings of late of a plate."""
    seen = ((one, one.recent.sighting) for one in tables.all(KeptRecent).values())
    return tuple(one for one, sighting in seen if key == sighting.reading.text or sighting.read in reads)


def payments_of(tables: Tables, visits: Collection[KeptVisit], mention: re.Pattern[str]) -> tuple[Paid, ...]:
    """Return the payments for these visits, and those whose key names the plate."""
    names = {one.visit.id for one in visits}
    found = [p for p in tables.all(Paid).values() if p.visit in names or mention.search(p.key)]
    return tuple(sorted(found, key=lambda paid: paid.key))


def erase(tables: Tables, key: str, reads: Collection[int], mention: re.Pattern[str]) -> Counter[str]:
    """Drop a plate's visits, passings and payments; one that is inside keeps its place without a name."""
    visits, recent = visits_of(tables, key, reads), recent_of(tables, key, reads)
    payments = payments_of(tables, visits, mention)
    for kept in visits:
        if kept.visit.left is None:
            tables.put(kept.id, replace(kept, visit=nameless(kept.visit, kept.id)))
        else:
            tables.drop(KeptVisit, kept.id)
    for passing in recent:
        tables.drop(KeptRecent, passing.id)
    for paid in payments:
        tables.drop(Paid, paid.key)
    return Counter(visits=len(visits), passings=len(recent), payments=len(payments))


def expire(tables: Tables, before: datetime) -> Counter[str]:
    """Drop the visits that ended too long ago with their payments, and old passings."""
    kept = tuple(tables.all(KeptVisit).values())
    old = [one for one in kept if one.visit.left and one.visit.left < before]
    names = {one.visit.id for one in old}
    for paid in tuple(tables.all(Paid).values()):
        if paid.visit in names:
            tables.drop(Paid, paid.key)
    passings = tuple(tables.all(KeptRecent).values())
    past = [one for one in passings if one.recent.sighting.seen_at < before]
    return Counter(
        visits=sum(tables.drop(KeptVisit, one.id) for one in old),
        passings=sum(tables.drop(KeptRecent, one.id) for one in past),
    )


def forget_reads(tables: Tables, reads: Collection[int]) -> None:
    """Let visits and passings name none of these reads."""
    for kept in tuple(tables.all(KeptVisit).values()):
        if _shows(kept.visit, reads):
            entry, exit_ = (
                replace(seen, read=None) if seen and seen.read in reads else seen
                for seen in (kept.visit.entry, kept.visit.exit)
            )
            tables.put(kept.id, replace(kept, visit=replace(kept.visit, entry=entry, exit=exit_)))
    for passing in tuple(tables.all(KeptRecent).values()):
        if passing.recent.sighting.read in reads:
            blind = replace(passing.recent, sighting=replace(passing.recent.sighting, read=None))
            tables.put(passing.id, replace(passing, recent=blind))


def _shows(visit: Visit, reads: Collection[int]) -> bool:
    return any(seen.read in reads for seen in (visit.entry, visit.exit) if seen)
